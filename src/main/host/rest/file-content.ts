/** Contents of files over HTTP, which are streams and not JSON: parts up, whole files down. Holds no rules. */
import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { isTicket } from '../files/download-tickets.ts';
import type { Files } from '../files/files.ts';
import { bearerOf, type Door, requestHeaders } from './door.ts';

export const fileContentPath = '/api/consultations/:consultationId/files/:fileId/content';

export function fileContent({ files, door }: { readonly files: Files; readonly door: Door }) {
  return async (context: Context<{ Bindings: HttpBindings }, typeof fileContentPath>): Promise<Response> => {
    const { method } = context.req;
    if (method !== 'GET' && method !== 'PUT') {
      context.header('Allow', 'GET, PUT');
      throw new CatalogueError('METHOD_NOT_ALLOWED');
    }
    const { consultationId, fileId } = context.req.param();
    const { incoming } = context.env;
    const authorization = context.req.header('authorization');
    const identify = () => door.identify(authorization, requestHeaders(incoming));
    if (method === 'GET') {
      const ticket = bearerOf(authorization);
      const { name, size, content } =
        ticket !== undefined && isTicket(ticket)
          ? await files.openByTicket(ticket, consultationId, fileId)
          : await files.open(await identify(), consultationId, fileId);
      // Whatever it is, a browser saves it: it is never a page of this host.
      const body = Readable.from(untilDamaged(content, context.env.outgoing), { objectMode: false });
      return new Response(Readable.toWeb(body) as ReadableStream, {
        headers: {
          'Content-Type': 'application/octet-stream',
          'Content-Length': String(size),
          'Content-Disposition': `attachment; filename="file"; filename*=UTF-8''${encodeName(name)}`,
          'Content-Security-Policy': "sandbox; default-src 'none'",
          'Cross-Origin-Resource-Policy': 'same-origin',
        },
      });
    }
    const caller = await identify();
    if (context.req.header('content-type') !== 'application/octet-stream') {
      throw new CatalogueError('UNSUPPORTED_MEDIA_TYPE', { expected: 'application/octet-stream' });
    }
    const offset = wholeNumber(context.req.query('offset'));
    if (offset === undefined) throw new CatalogueError('BAD_REQUEST', [{ path: ['offset'] }]);
    const length = wholeNumber(context.req.header('content-length'));
    // The connection stays, also when the rest of the part is not wanted: the answer says why.
    const content = incoming.iterator({ destroyOnReturn: false });
    try {
      const upload = await files.receive(caller, { consultationId, fileId, offset, length }, content);
      return context.json({ success: true, data: upload });
    } catch (error) {
      // Broken off by the client, which will ask how far it came.
      if (incoming.destroyed && !(error instanceof CatalogueError))
        throw new CatalogueError('UPLOAD_REPLACED');
      throw error;
    }
  };
}

/** The answer has begun when the damage shows: all that is left is to break it off, so that nobody takes it for the whole. */
async function* untilDamaged(
  content: AsyncGenerator<Buffer>,
  outgoing: HttpBindings['outgoing'],
): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch {
    outgoing.destroy();
  }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** RFC 8187. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
}
