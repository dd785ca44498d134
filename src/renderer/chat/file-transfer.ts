/** Contents of files to and from the host over HTTP: parts up, whole files down, never believed to be what they are called. */

import * as z from 'zod/mini';
import { CatalogueError, type ErrorCode, errorCatalogue } from '../../shared/contract/errors.ts';
import { type MessageFile, messageSchema } from '../../shared/signaling/chat.ts';

/** What one request carries: whole frames of the host (64 KiB), few enough that a slow line shows progress. */
const partBytes = 4 * 65_536;
/** A part that takes longer than this is asked about and sent again, ms. */
const partTimeout = 60_000;

export interface TransferOptions {
  /** Where the host is, without a path. */
  readonly baseUrl: string;
  readonly consultationId: string;
  /** The newest participant token. */
  readonly token: () => string;
}

const uploadSchema = z.object({
  fileId: z.string(),
  received: z.int(),
  complete: z.boolean(),
  message: z.optional(messageSchema),
});
type Upload = z.infer<typeof uploadSchema>;

/** The types that are shown here; the blob is typed by us, so that a browser takes it for nothing else. */
const shown: ReadonlySet<string> = new Set([
  'application/pdf',
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
]);

export function canBeShown(type: string): boolean {
  return shown.has(type);
}

export class FileTransfer {
  readonly #options: TransferOptions;

  constructor(options: TransferOptions) {
    this.#options = options;
  }

  /** Announces a file, again or for the first time. */
  announce(uploadId: string, file: File, signal: AbortSignal): Promise<Upload> {
    const body = JSON.stringify({ uploadId, name: file.name || 'file', size: file.size });
    return this.#ask('', { method: 'POST', body, headers: { 'content-type': 'application/json' }, signal });
  }

  /** Sends the part that begins at `offset`. */
  part(fileId: string, file: File, offset: number, signal: AbortSignal): Promise<Upload> {
    return this.#ask(`/${fileId}/content?offset=${offset}`, {
      method: 'PUT',
      // Read from the disk as it is sent.
      body: file.slice(offset, offset + partBytes),
      headers: { 'content-type': 'application/octet-stream' },
      signal: orAfter(partTimeout, signal),
    });
  }

  async cancel(fileId: string): Promise<void> {
    await this.#request(`/${fileId}`, { method: 'DELETE' });
  }

  /** The whole content, typed by what the host found in it if it may be shown, and as plain bytes otherwise. */
  async fetch(file: MessageFile): Promise<Blob> {
    return contentOf(await this.#request(`/${file.fileId}/content`, { method: 'GET' }), file);
  }

  async #ask(path: string, init: RequestInit): Promise<Upload> {
    const response = await this.#request(path, init);
    const body: unknown = await response.json();
    return z.parse(z.object({ data: uploadSchema }), body).data;
  }

  #request(path: string, init: RequestInit): Promise<Response> {
    const { baseUrl, consultationId, token } = this.#options;
    const address = `${baseUrl}/api/consultations/${encodeURIComponent(consultationId)}/files${path}`;
    return request(address, token(), init);
  }
}

/** Fetches a content with a credential for it alone. */
export async function fetchContent(address: string, ticket: string, file: MessageFile): Promise<Blob> {
  return contentOf(await request(address, ticket, { method: 'GET' }), file);
}

async function contentOf(response: Response, { type, size }: MessageFile): Promise<Blob> {
  const content = await response.blob();
  if (content.size !== size) throw new CatalogueError('FILE_DAMAGED');
  return new Blob([content], { type: canBeShown(type) ? type : 'application/octet-stream' });
}

/** @throws CatalogueError for a refusal; anything else means that the host was not reached. */
async function request(address: string, token: string, init: RequestInit): Promise<Response> {
  const headers = { ...init.headers, authorization: `Bearer ${token}` };
  const response = await fetch(address, { ...init, headers });
  if (response.ok) return response;
  const body: unknown = await response.json();
  const { error } = z.parse(
    z.object({ error: z.object({ code: z.string(), details: z.optional(z.unknown()) }) }),
    body,
  );
  if (!Object.hasOwn(errorCatalogue, error.code)) throw new Error(`The host answered ${response.status}.`);
  throw new CatalogueError(error.code as ErrorCode, error.details);
}

/** Aborts with a signal, or when it takes too long. By hand, because iOS 15 has neither `AbortSignal.any` nor `timeout`. */
function orAfter(ms: number, signal: AbortSignal): AbortSignal {
  const either = new AbortController();
  const timer = setTimeout(() => either.abort(), ms);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    either.abort();
  });
  return either.signal;
}
