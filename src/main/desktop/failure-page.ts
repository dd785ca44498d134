/** The page the clinic's window shows when the host could not start: what happened, what to do, and a way to try again. */
import { createHash } from 'node:crypto';
import type { Texts } from './texts.ts';

export const failurePagePath = '/host-failed';

/** Hashed for the content policy, which allows no other style inside a page. */
const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;background:#f7f7f5;color:#1d2526}' +
  'h1{font-size:1.5rem;line-height:1.25}a{display:inline-block;margin-top:1rem;padding:.75rem 1.25rem;border-radius:12px;' +
  'background:#00696f;color:#fff;text-decoration:none}a:focus-visible{outline:3px solid #1d2526;outline-offset:2px}' +
  '@media(prefers-color-scheme:dark){body{background:#14191a;color:#e8ecec}a:focus-visible{outline-color:#fff}}';

export const failurePageStyleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

export function failurePage(message: string, texts: Texts, language: string): string {
  return (
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(texts.product)}</title>` +
    `<style>${style}</style></head><body><main role="alert"><h1>${escapeHtml(texts.hostFailedTitle)}</h1>` +
    `<p>${escapeHtml(message)}</p><a href="/">${escapeHtml(texts.retry)}</a></main></body></html>`
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
