/** Requests as no browser or library would send them, written byte by byte: the host answers and goes on. */
import { once } from 'node:events';
import { connect, type Socket as TcpSocket } from 'node:net';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => closeTestHost(host));

function upgradeRequest(target: string, to = host): string {
  return [
    `GET ${target} HTTP/1.1`,
    `Host: 127.0.0.1:${to.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '\r\n',
  ].join('\r\n');
}

async function open(to = host): Promise<TcpSocket> {
  const socket = connect({ port: to.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('an upgrade that leads nowhere', () => {
  // `new WebSocket('ws://127.0.0.1:8888//')` on any web page sends the first one.
  test.each(['//', 'http://[', '/elsewhere', '/elsewhere/../socket.io/?EIO=4&transport=websocket', '*'])(
    'to %s is answered and closed',
    async (target) => {
      const socket = await open();
      socket.write(upgradeRequest(target));
      let answer = '';
      for await (const part of socket) answer += String(part);
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    },
  );

  test('does no harm when its sender is gone before the answer', async () => {
    for (const target of ['/elsewhere', '/rtc', '/socket.io/?EIO=4&transport=polling']) {
      const socket = await open();
      await new Promise<void>((resolve) => socket.write(upgradeRequest(target), () => resolve()));
      socket.resetAndDestroy();
    }
    // An error that nobody listens to would have ended the process, which the test's runner reports.
    expect((await host.call('GET', '/health')).status).toBe(200);
  });

  test('does not keep the host from stopping while its sender keeps the connection', async () => {
    const stopping = await startTestHost();
    const socket = await open(stopping);
    socket.write(upgradeRequest('/elsewhere', stopping));
    await once(socket, 'data');
    await closeTestHost(stopping);
    socket.destroy();
  });
});

test('signaling works for a client that polls', async () => {
  const { doctorToken } = await host.createConsultation();
  const socket = io(host.url, { auth: { token: doctorToken }, transports: ['polling'], forceNew: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('connect_error', reject);
    });
    const answer = await socket.timeout(5_000).emitWithAck('join', {});
    expect(answer).toMatchObject({ ok: true, data: { state: { self: { state: 'admitted' } } } });
  } finally {
    socket.disconnect();
  }
});
