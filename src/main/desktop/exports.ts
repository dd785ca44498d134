/** Saves what the clinic's host hands out as a download: recordings and packs, too large to go through a page. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { app, BrowserWindow, dialog, type WebContents } from 'electron';
import type { SavingOutcome } from '../../shared/contract/desktop.ts';
import { readUrl } from '../host/runtime/read-url.ts';

/** What a window may have saved: contents with a ticket in their address, of the clinic's own host. */
export function isExport(address: string, hostOrigins: readonly string[]): boolean {
  const url = readUrl(address);
  return (
    url !== undefined &&
    url.username === '' &&
    url.password === '' &&
    hostOrigins.includes(url.origin) &&
    /^\/api\/(recordings\/[^/]+\/content|consultations\/[^/]+\/pack)$/.test(url.pathname) &&
    /^\?ticket=amr_[A-Za-z0-9_-]{43}$/.test(url.search)
  );
}

export interface Exports {
  /** Asks where to save a content, and saves it. @returns undefined for what is none; else how it ended, once it has. */
  save(contents: WebContents, address: string): Promise<SavingOutcome> | undefined;
}

/** @param hostOrigins where the clinic's host is, for the windows of the staff. */
export function createExports(hostOrigins: () => readonly string[]): Exports {
  return {
    save: (contents, address) => (isExport(address, hostOrigins()) ? save(contents, address) : undefined),
  };
}

/** Not by Chromium's own downloads: of one that never begins, because the host is gone or refuses it, they tell nothing. */
async function save(contents: WebContents, address: string): Promise<SavingOutcome> {
  const unwanted = new AbortController();
  const response = await contents.session
    .fetch(address, { signal: unwanted.signal, redirect: 'error' })
    .catch(() => undefined);
  if (!response?.ok || response.body === null) return 'failed';
  const window = BrowserWindow.fromWebContents(contents);
  const options = { defaultPath: join(app.getPath('downloads'), nameOf(response)) };
  const { filePath } = await (window
    ? dialog.showSaveDialog(window, options)
    : dialog.showSaveDialog(options));
  if (!filePath) {
    unwanted.abort();
    return 'cancelled';
  }
  const part = `${filePath}.part`;
  try {
    const content = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    await pipeline(content, createWriteStream(part, { mode: 0o600 }));
    await rename(part, filePath);
    return 'saved';
  } catch {
    await rm(part, { force: true }).catch(() => undefined);
    return 'failed';
  }
}

/** As the host calls it. */
function nameOf({ headers }: Response): string {
  const [, name = 'autamedica'] = /filename="([^"]+)"/.exec(headers.get('content-disposition') ?? '') ?? [];
  return basename(name);
}
