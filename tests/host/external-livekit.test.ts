import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AccessToken } from 'livekit-server-sdk';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';

/** A stand-in for the API of a LiveKit server run by somebody else: it notes what it is told. */
const told: { method: string; body: Record<string, unknown> }[] = [];
let failing = false;
let api: Server;
let host: TestHost;
const key = 'external';
const secret = 'a-secret-of-an-external-server-of-32-letters';

beforeAll(async () => {
  api = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      told.push({ method: request.url?.split('/').at(-1) ?? '', body: JSON.parse(text || '{}') });
      response.writeHead(failing ? 500 : 200, { 'content-type': 'application/json' });
      response.end(failing ? '{"code":"internal","msg":"down"}' : '{}');
    });
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  host = await startTestHost({
    LIVEKIT_API_URL: `ws://127.0.0.1:${(api.address() as AddressInfo).port}`,
    LIVEKIT_API_KEY: key,
    LIVEKIT_API_SECRET: secret,
  });
  await vi.waitFor(() => expect(host.livekit.status().state).toBe('ready'), 10_000);
});
afterAll(async () => {
  await closeTestHost(host);
  api.close();
});
beforeEach(() => {
  failing = false;
  told.length = 0;
});

/** A webhook as LiveKit signs it. */
async function arrivesThere(roomName: string, identity: string): Promise<number> {
  const body = JSON.stringify({
    event: 'participant_joined',
    room: { name: roomName },
    participant: { identity },
  });
  const token = new AccessToken(key, secret);
  token.sha256 = createHash('sha256').update(body).digest('base64');
  const answer = await host.call('POST', '/livekit/webhook', {
    rawBody: body,
    headers: { authorization: await token.toJwt() },
  });
  return answer.status;
}

const last = (method: string) => told.findLast((call) => call.method === method)?.body;

test('who waits and connects to it by themselves loses every right there', async () => {
  const { roomName, patientId } = await host.createConsultation();
  expect(await arrivesThere(roomName, patientId)).toBe(204);
  await vi.waitFor(() =>
    expect(last('UpdateParticipant')).toMatchObject({ room: roomName, identity: patientId }),
  );
  const permission = last('UpdateParticipant')?.permission as Record<string, unknown> | undefined;
  expect(permission?.canPublish ?? false).toBe(false);
  expect(permission?.canSubscribe ?? false).toBe(false);
});

test('who was removed is sent away from it', async () => {
  const { roomName, patientId } = await host.createConsultation();
  await host.call('DELETE', `/api/rooms/${roomName}/participants/${patientId}`);
  told.length = 0;
  await arrivesThere(roomName, patientId);
  await vi.waitFor(() =>
    expect(last('RemoveParticipant')).toMatchObject({ room: roomName, identity: patientId }),
  );
});

test('a stranger whom it let in is sent away from it', async () => {
  const { roomName } = await host.createConsultation();
  await arrivesThere(roomName, 'nobody-we-know');
  await vi.waitFor(() => expect(last('RemoveParticipant')).toMatchObject({ identity: 'nobody-we-know' }));
});

test('closing and removing hold although it fails', async () => {
  const { consultationId, roomName, patientId } = await host.createConsultation();
  failing = true;
  expect((await host.call('DELETE', `/api/rooms/${roomName}/participants/${patientId}`)).status).toBe(200);
  expect((await host.call('POST', `/api/consultations/${consultationId}/close`)).status).toBe(200);
  expect((await host.call('GET', `/api/consultations/${consultationId}`)).body.data).toMatchObject({
    state: 'closed',
  });
});
