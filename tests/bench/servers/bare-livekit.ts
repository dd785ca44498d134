/** The floor for calls through the video server: livekit-server, a plain page with livekit-client, and nobody between them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';
import { freePorts } from '../../../src/main/host/livekit/ports.ts';
import { serverConfig } from '../../../src/main/host/livekit/server-config.ts';
import { serveMeasurements } from '../measured-process.ts';

const program = process.env.LIVEKIT_SERVER;
if (program === undefined) throw new Error('LIVEKIT_SERVER must name the video server.');
const page = await readFile(new URL('./bare-livekit.html', import.meta.url));
const client = await readFile(new URL(import.meta.resolve('livekit-client')));
const ports = await freePorts();
const internal = { key: 'bench', secret: 'a secret that only this computer sees' };
const rooms = new RoomServiceClient(`http://127.0.0.1:${ports.signalling}`, internal.key, internal.secret);

/** Who comes second is connected, and may neither send nor receive before they are let in. */
async function token(room: string, identity: string): Promise<string> {
  const access = new AccessToken(internal.key, internal.secret, { identity });
  const may = identity === 'first';
  access.addGrant({ roomJoin: true, room, canPublish: may, canSubscribe: may, canPublishData: may });
  return access.toJwt();
}

async function admit(room: string): Promise<void> {
  const permission = { canPublish: true, canSubscribe: true, canPublishData: true };
  await rooms.updateParticipant(room, 'second', { permission });
}

const server = createServer(async (request, response) => {
  const [, room = '', what, role = ''] = request.url?.split('/') ?? [];
  if (request.method === 'POST' && what === 'token') {
    const url = `ws://127.0.0.1:${ports.signalling}`;
    response.end(JSON.stringify({ url, token: await token(room, role) }));
  } else if (request.method === 'POST' && what === 'admit') {
    await admit(room);
    response.end();
  } else if (request.method === 'POST') {
    response.end(); // a webhook
  } else if (room === 'livekit-client.js') {
    response
      .writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'max-age=3600' })
      .end(client);
  } else {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  }
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const config = serverConfig({ ports, internal, nodeIp: '127.0.0.1', webhookUrl: `${url}/webhook` });
const livekit = spawn(program, ['--config-body', config], { stdio: 'ignore' });
process.on('SIGTERM', () => {
  livekit.once('exit', () => process.exit(0));
  livekit.kill('SIGTERM');
});

for (let attempt = 0; ; attempt += 1) {
  const answer = await fetch(`http://127.0.0.1:${ports.signalling}`).catch(() => undefined);
  if (answer?.ok) break;
  if (attempt === 100 || livekit.exitCode !== null) throw new Error('The video server did not start.');
  await wait(100);
}
serveMeasurements({ url, videoServer: livekit.pid });
