/** Clients that come while a host starts, as they do when it comes back: its port is open before what is behind it. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as next } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startTestHost } from '../support/test-host.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'autamedica-early-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** As soon as anybody accepts it. */
async function arrive(port: number): Promise<Socket> {
  for (let tries = 0; tries < 10_000; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const arrived = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (arrived) return socket;
    await next();
  }
  throw new Error('Nobody accepts it');
}

const line = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n');
const request = line('/health', 'Connection: close');
const upgrade = line(
  '/socket.io/?EIO=4&transport=websocket',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
);
const unknownUpgrade = upgrade.replace('/socket.io/', '/nothing/');

test("are answered once it can: requests, the sockets of signaling, and what is nobody's", async () => {
  const port = await freePort();
  const starting = startTestHost({ PORT: String(port), DATA_DIR: dataDir });
  let started = false;
  void starting.then(() => {
    started = true;
  });
  const sockets = await Promise.all([arrive(port), arrive(port), arrive(port)]);
  const [first, second, third] = sockets;
  first?.write(request);
  second?.write(upgrade);
  third?.write(unknownUpgrade);
  expect(started).toBe(false);
  const host = await starting;
  try {
    expect(await text(first as Socket)).toMatch(/^HTTP\/1\.1 200 /);
    const [opened] = await once(second as Socket, 'data');
    expect(String(opened)).toMatch(/^HTTP\/1\.1 101 /);
    expect(await text(third as Socket)).toMatch(/^HTTP\/1\.1 404 /);
    // Each once, and those who come now too.
    expect((await host.call('GET', '/health')).status).toBe(200);
  } finally {
    for (const socket of sockets) socket.destroy();
    await host.close();
  }
});

test('are let go when it cannot start', async () => {
  await (await startTestHost({ DATA_DIR: dataDir })).close();
  await writeFile(join(dataDir, 'clinic.db'), 'not a database');
  const port = await freePort();
  const starting = startTestHost({ PORT: String(port), DATA_DIR: dataDir }).then(
    () => 'started',
    () => 'refused',
  );
  const sockets = await Promise.all([arrive(port), arrive(port)]);
  sockets[0]?.write(request);
  sockets[1]?.write(upgrade);
  const ends = sockets.map(
    (socket) =>
      new Promise((closed) =>
        socket
          .on('error', () => {})
          .resume()
          .once('close', closed),
      ),
  );
  expect(await starting).toBe('refused');
  await Promise.all(ends);
});
