/**
 * What a paired browser shows to the host. A person's own computer keeps it (localStorage), because reception should not need
 * a code each morning; on a shared one it ends with the tab (sessionStorage). A cookie would be sent without being asked, also
 * by other sites' doing; here only our own page, which runs no foreign script, can send it. The desktop app keeps its own.
 */
import { recall, remember } from '../remembered.ts';

const key = 'autamedica.credential';
const ofTheTab = () => sessionStorage;

export function credential(): string | undefined {
  return recall(key, ofTheTab) ?? recall(key);
}

/** @param keep whether it outlives the tab. */
export function keepCredential(text: string, keep: boolean): void {
  forgetCredential();
  if (keep) remember(key, text);
  else remember(key, text, ofTheTab);
}

export function forgetCredential(): void {
  remember(key, undefined, ofTheTab);
  remember(key, undefined);
}
