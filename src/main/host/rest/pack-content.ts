/** A consultation pack over HTTP, written while it is downloaded. Holds no rules. */
import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { ConsultationPacks } from '../packs/consultation-pack.ts';

export const packContentPath = '/api/consultations/:consultationId/pack';

type PackContext = Context<{ Bindings: HttpBindings }, typeof packContentPath>;

export function packContent(packs: ConsultationPacks) {
  return async (context: PackContext): Promise<Response> => {
    const { consultationId } = context.req.param();
    const { fileName, content } = await packs.open(context.req.query('ticket') ?? '', consultationId);
    const { outgoing } = context.env;
    // All that is left once it has begun: break it off, so that nobody takes it for the whole.
    content.on('error', () => outgoing.destroy());
    outgoing.on('close', () => content.destroy());
    return new Response(Readable.toWeb(content) as ReadableStream, {
      headers: {
        'Content-Type': 'application/zip',
        'Content-Disposition': `attachment; filename="${fileName}"`,
        'Content-Security-Policy': "sandbox; default-src 'none'",
        'Cross-Origin-Resource-Policy': 'cross-origin',
      },
    });
  };
}
