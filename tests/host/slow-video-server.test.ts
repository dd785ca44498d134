/** What is decided while the host waits for a slow video server holds for those who were on their way in. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CreatedConsultation,
  closeTestHost,
  HandMadeClient,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

/** A video server that makes rooms only when it is told to; everything else it does at once. */
let videoServer: Server;
const held: (() => void)[] = [];
let holding = false;
let told: () => void = () => {};
let host: TestHost;

beforeAll(async () => {
  videoServer = createServer((request, response) => {
    const answer = () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ sid: 'RM_slow', name: 'slow' }));
    };
    request.resume();
    if (!holding || !request.url?.endsWith('/CreateRoom')) return answer();
    held.push(answer);
    told();
  });
  videoServer.listen(0, '127.0.0.1');
  await once(videoServer, 'listening');
  const environment = {
    LIVEKIT_API_URL: `ws://127.0.0.1:${(videoServer.address() as AddressInfo).port}`,
    LIVEKIT_API_KEY: 'key',
    LIVEKIT_API_SECRET: randomBytes(32).toString('hex'),
  };
  // A room that was made already is not made again, so each test begins with a host that was just started.
  const first = await startTestHost(environment);
  const created: CreatedConsultation[] = [];
  for (let number = 0; number < 2; number += 1) created.push(await first.createConsultation());
  [removed, closed] = created as [CreatedConsultation, CreatedConsultation];
  await first.close();
  host = await startTestHost({ ...environment, DATA_DIR: first.dataDir });
  await ready(host);
  holding = true;
});
afterAll(async () => {
  await closeTestHost(host);
  videoServer.close();
  videoServer.closeAllConnections();
});

let removed: CreatedConsultation;
let closed: CreatedConsultation;

function ready({ livekit }: TestHost): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (livekit.status().state !== 'ready') return;
      stop();
      resolve();
    };
    const stop = livekit.onStatus(look);
    look();
  });
}

/** Begins to join, and goes on once the host waits for the room. */
async function beginToJoin(token: string) {
  const client = await new HandMadeClient(host.url, token).connected();
  const waiting = new Promise<void>((resolve) => {
    told = resolve;
  });
  const answer = client.send('join');
  await waiting;
  return { client, answer };
}

function letGo(): void {
  for (const answer of held.splice(0)) answer();
}

describe('somebody on their way in', () => {
  test('stays out when removed meanwhile', async () => {
    const { client, answer } = await beginToJoin(removed.patientToken);
    const path = `/api/rooms/${removed.roomName}/participants/${removed.patientId}`;
    expect((await host.call('DELETE', path)).status).toBe(200);
    letGo();
    expect(await answer).toMatchObject({ ok: false, error: { code: 'REMOVED' } });
    const stats = await host.call('GET', `/api/rooms/${removed.roomName}/stats`);
    expect(stats.body.data?.participants).toEqual([]);
    client.close();
  });

  test('stays out when the consultation was closed meanwhile, and no room is left', async () => {
    const { client, answer } = await beginToJoin(closed.patientToken);
    expect((await host.call('POST', `/api/consultations/${closed.consultationId}/close`)).status).toBe(200);
    letGo();
    expect(await answer).toMatchObject({ ok: false, error: { code: 'CONSULTATION_CLOSED' } });
    expect((await host.call('GET', `/api/rooms/${closed.roomName}/stats`)).status).toBe(404);
    expect(await client.send('renew')).toMatchObject({ ok: false, error: { code: 'CONSULTATION_CLOSED' } });
    client.close();
  });
});
