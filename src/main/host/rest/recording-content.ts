/** Contents of recordings over HTTP: any range of them, decrypted on the way, never as a file on this disk. Holds no rules. */
import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { recordingUses } from '../../../shared/contract/recording-library.ts';
import type { OpenedContent } from '../recordings/library/contents.ts';
import type { Library } from '../recordings/library/library.ts';
import { rangeOf } from './byte-range.ts';
import { type Door, requestHeaders } from './door.ts';

export const recordingContentPath = '/api/recordings/:egressId/content';

type RecordingContext = Context<{ Bindings: HttpBindings }, typeof recordingContentPath>;

export function recordingContent({ library, door }: { readonly library: Library; readonly door: Door }) {
  return async (context: RecordingContext): Promise<Response> => {
    const { method } = context.req;
    if (method !== 'GET' && method !== 'HEAD') {
      context.header('Allow', 'GET, HEAD');
      throw new CatalogueError('METHOD_NOT_ALLOWED');
    }
    const { egressId } = context.req.param();
    const ticket = context.req.query('ticket');
    const use = recordingUses.find((one) => one === (context.req.query('as') ?? 'play'));
    if (use === undefined) throw new CatalogueError('BAD_REQUEST', [{ path: ['as'] }]);
    const content =
      ticket === undefined
        ? await library.open(
            await door.identify(context.req.header('authorization'), requestHeaders(context.env.incoming)),
            egressId,
            use,
          )
        : await library.openByTicket(ticket, egressId);
    return answer(context, content);
  };
}

async function answer(context: RecordingContext, content: OpenedContent): Promise<Response> {
  const tag = `"${content.tag}"`;
  const headers: Record<string, string> = {
    'Accept-Ranges': 'bytes',
    ETag: tag,
    'Content-Type': content.contentType,
    'Content-Disposition': `${content.download ? 'attachment' : 'inline'}; filename="${content.fileName}"`,
    // Whatever it is, it is never a page of this host.
    'Content-Security-Policy': "sandbox; default-src 'none'",
    // Pages of the app are of another origin than the host inside it; a ticket or a credential is what opens this.
    'Cross-Origin-Resource-Policy': 'cross-origin',
  };
  const ifRange = context.req.header('if-range');
  const asked = ifRange === undefined || ifRange === tag ? context.req.header('range') : undefined;
  const range = rangeOf(asked, content.size);
  if (range === 'unsatisfiable') {
    return new Response(null, {
      status: 416,
      headers: { ...headers, 'Content-Range': `bytes */${content.size}` },
    });
  }
  const { from, to } = range ?? { from: 0, to: content.size };
  headers['Content-Length'] = String(to - from);
  if (range) headers['Content-Range'] = `bytes ${from}-${to - 1}/${content.size}`;
  const status = range ? 206 : 200;
  if (context.req.method === 'HEAD') return new Response(null, { status, headers });
  const parts = content.read(from, to);
  // The beginning before the answer: what is wrong with it is said in words.
  const first = await parts.next();
  const body = Readable.from(untilBroken(first, parts, context.env.outgoing), { objectMode: false });
  return new Response(Readable.toWeb(body) as ReadableStream, { status, headers });
}

/** The answer has begun when something shows: all that is left is to break it off, so that nobody takes it for the whole. */
async function* untilBroken(
  first: IteratorResult<Uint8Array>,
  rest: AsyncGenerator<Uint8Array>,
  outgoing: HttpBindings['outgoing'],
): AsyncGenerator<Uint8Array> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } catch {
    outgoing.destroy();
  } finally {
    await rest.return(undefined);
  }
}
