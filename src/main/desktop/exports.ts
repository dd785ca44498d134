/** Saves what the clinic's host hands out as a download: recordings and packs, too large to go through a page. */
import type { WebContents } from 'electron';
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
  /** Asks where to save a content, and saves it. @returns false for what is none. */
  save(contents: WebContents, address: string): boolean;
  /** Whether a download that begins was asked for here; each once. */
  isWished(address: string): boolean;
}

/** @param hostOrigins where the clinic's host is, for the windows of the staff. */
export function createExports(hostOrigins: () => readonly string[]): Exports {
  const wished = new Set<string>();
  return {
    save(contents, address) {
      if (!isExport(address, hostOrigins())) return false;
      wished.add(address);
      contents.downloadURL(address);
      return true;
    },
    isWished: (address) => wished.delete(address),
  };
}
