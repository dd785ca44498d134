/** What comes in by any door of this host, and which adapter it is for: REST and pages, signaling, the video server. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { LiveKit } from './livekit/livekit.ts';
import type { createHttpApp } from './rest/app.ts';
import type { Door } from './rest/door.ts';
import type { SignalingServer } from './signaling/server.ts';

export interface EntranceParts {
  readonly app: ReturnType<typeof createHttpApp>;
  readonly door: Door;
  readonly signaling: SignalingServer;
  readonly livekit: LiveKit;
}

export interface Entrance {
  /**
   * Has a server's requests and upgrades answered.
   * @param signalingAttached whether Socket.io already hears this server by itself.
   */
  serve(server: Server, options: { readonly signalingAttached: boolean }): void;
}

export function createEntrance({ app, door, signaling, livekit }: EntranceParts): Entrance {
  const serveApp = getRequestListener(app.fetch);

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, signalingAttached: boolean): void {
    // Node has let go of the socket: without a listener its error would end the host.
    socket.on('error', () => socket.destroy());
    if (signaling.owns(request)) {
      if (!signalingAttached) signaling.handleUpgrade(request, socket, head);
      return;
    }
    const [pathname = ''] = (request.url ?? '').split('?', 1);
    if (!livekit.ownsPath(pathname) || !door.admitsToVideoServer(request)) {
      // Destroyed, because a client that keeps its half open would keep the host from stopping.
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n', () => socket.destroy());
      return;
    }
    livekit.handleUpgrade(request, socket, head);
  }

  return {
    serve: (server, { signalingAttached }) => {
      server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        if (!signaling.owns(request)) void serveApp(request, response);
        else if (!signalingAttached) signaling.handleRequest(request, response);
      });
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
        upgrade(request, socket, head, signalingAttached),
      );
    },
  };
}
