/** The page the clinic's window shows when the host could not start: what happened, what to do, and a way to try again. */
import { createHash } from 'node:crypto';
import type { HostState } from '../../shared/contract/desktop.ts';
import type { HostFailureReason } from '../../shared/contract/host-failure.ts';
import type { Texts } from './texts.ts';

export const failurePagePath = '/host-failed';

/** Hashed for the content policy, which allows no other style inside a page. */
const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;background:#f7f7f5;color:#1d2526}' +
  'h1{font-size:1.5rem;line-height:1.25}a{display:inline-block;margin-top:1rem;padding:.75rem 1.25rem;border-radius:12px;' +
  'background:#00696f;color:#fff;text-decoration:none}a:focus-visible{outline:3px solid #1d2526;outline-offset:2px}' +
  'p{overflow-wrap:anywhere}details{margin-top:2rem;font-size:.875rem;color:#5b6466}summary{cursor:pointer}' +
  '@media(prefers-color-scheme:dark){body{background:#14191a;color:#e8ecec}details{color:#a5adae}a:focus-visible{outline-color:#fff}}';

export const failurePageStyleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/** Where the sentence cannot say what is wrong, the detail does. */
const saidByDetail: ReadonlySet<HostFailureReason> = new Set(['bad-setting', 'other']);

export function failurePage(
  { reason, message, detail }: Extract<HostState, { name: 'failed' }>,
  texts: Texts,
): string {
  const open = saidByDetail.has(reason) ? ' open' : '';
  return (
    `<!doctype html><html lang="${texts.language}"><head><meta charset="utf-8"><title>${escapeHtml(texts.product)}</title>` +
    `<style>${style}</style></head><body><main role="alert"><h1>${escapeHtml(texts.hostFailedTitle)}</h1>` +
    `<p>${escapeHtml(message)}</p><a href="/">${escapeHtml(texts.retry)}</a>` +
    `<details${open}><summary>${escapeHtml(texts.hostFailedDetail)}</summary><p lang="en">${escapeHtml(detail)}</p></details>` +
    `</main></body></html>`
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
