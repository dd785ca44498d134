/** What the video server reports by webhook, and that only it can. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { AccessToken } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually, internalKey, participantKey, startHost, type TestHost } from './support.ts';

let host: TestHost;

beforeAll(async () => {
  host = await startHost();
  await host.until('ready');
});

afterAll(() => host.close());

async function signed(body: string, { key, secret }: typeof internalKey): Promise<string> {
  const token = new AccessToken(key, secret, { ttl: 60 });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return token.toJwt();
}

it('hears from the real server who comes and goes', async () => {
  const token = await host.invite('patient', 'patient', true);
  const socket = new WebSocket(`${host.url}/rtc?access_token=${token}&protocol=16`);
  await once(socket, 'open');
  await eventually(() => host.events.some(({ type }) => type === 'room-started'));
  expect(host.events).toContainEqual({ type: 'room-started', roomName: 'consultation-1' });
  socket.terminate();
  await host.livekit.deleteRoom('consultation-1');
  await eventually(() => host.events.some(({ type }) => type === 'room-finished'));
});

it('believes what is signed with the key of the server, and nothing else', async () => {
  const body = JSON.stringify({
    event: 'participant_left',
    room: { name: 'r' },
    participant: { identity: 'i' },
  });
  const before = host.events.length;
  const refused = [
    undefined,
    'nonsense',
    await signed(body, participantKey),
    await signed(body, { key: internalKey.key, secret: participantKey.secret }),
    await signed(`${body} `, internalKey),
  ];
  for (const authorization of refused) {
    await expect(host.livekit.handleWebhook(body, authorization)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  }
  expect(host.events).toHaveLength(before);

  await host.livekit.handleWebhook(body, await signed(body, internalKey));
  expect(host.events.at(-1)).toEqual({ type: 'participant-left', roomName: 'r', identity: 'i' });
});
