/** Whether a recording may go on: one pure function of the ledger and of who is present. */
import type { ConsentAnswer, ConsentEntry } from './consent.ts';

/**
 * `run`: it may start, or goes on. `pause`: somebody present has not answered yet.
 * `stop`: nobody was asked, or somebody said no since; it takes a new question to begin again.
 */
export const recordingVerdicts = ['run', 'pause', 'stop'] as const;
export type RecordingVerdict = (typeof recordingVerdicts)[number];

export interface RecordingConsent {
  readonly verdict: RecordingVerdict;
  /** Of everybody present, to the last question. */
  readonly answers: readonly { readonly identity: string; readonly answer: ConsentAnswer }[];
}

/**
 * Every question is answered anew by everybody. One no ends it, also that of somebody who has left since.
 * @param present identities of everybody who is in the call.
 * @returns undefined when nobody was ever asked.
 */
export function recordingConsent(
  ledger: readonly ConsentEntry[],
  present: readonly string[],
): RecordingConsent | undefined {
  const entries = ledger.filter(({ purpose }) => purpose === 'recording');
  const question = entries.findLastIndex(({ act }) => act === 'asked');
  if (question === -1) return undefined;
  const last = new Map<string, ConsentAnswer>();
  let refused = false;
  for (const { act, identity } of entries.slice(question + 1)) {
    if (act === 'asked') continue;
    last.set(identity, act);
    refused ||= act !== 'agreed';
  }
  const answers = present.map((identity) => ({ identity, answer: last.get(identity) ?? 'pending' }) as const);
  const everybody = answers.length > 0 && answers.every(({ answer }) => answer === 'agreed');
  return { verdict: refused ? 'stop' : everybody ? 'run' : 'pause', answers };
}
