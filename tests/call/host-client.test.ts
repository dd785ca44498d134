/** The typed client against the real host, over HTTP and over a message port: the same operations, the same refusals. */
import { RPCHandler } from '@orpc/server/message-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CatalogueError,
  createHttpHostClient,
  createPortHostClient,
  type HostClient,
  HostUnreachable,
} from '../../src/renderer/host-client/index.ts';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';
import { untilWithin } from '../support/until.ts';

const until = untilWithin(20_000);

let host: TestHost;
const channel = new MessageChannel();
let clients: Record<'HTTP' | 'a message port', HostClient>;

beforeAll(async () => {
  host = await startTestHost();
  new RPCHandler(host.router).upgrade(channel.port1, { context: host.staffContext });
  channel.port1.start();
  clients = {
    HTTP: createHttpHostClient({ baseUrl: host.url }),
    'a message port': createPortHostClient(channel.port2 as unknown as globalThis.MessagePort),
  };
});
afterAll(async () => {
  channel.port1.close();
  await closeTestHost(host);
});

describe.each(['HTTP', 'a message port'] as const)('the host client over %s', (way) => {
  const id = (name: string) => `${name}-${way.length}`;

  it('calls operations and answers their data', async () => {
    const client = clients[way];
    const created = await client.consultations.create({
      consultationId: id('c'),
      patientId: id('p'),
      doctorId: id('d'),
      title: 'Control',
    });
    expect(created).toMatchObject({ consultationId: id('c'), roomName: `consultation-${id('c')}` });
    expect(await client.consultations.get({ consultationId: id('c') })).toMatchObject({ title: 'Control' });
    expect((await client.consultations.list()).map(({ consultationId }) => consultationId)).toContain(
      id('c'),
    );
  });

  it('answers an operation without an envelope as it is', async () => {
    expect(await clients[way].health()).toMatchObject({ status: 'ok' });
  });

  it('rejects with the error of the catalogue', async () => {
    const refused = clients[way].consultations.get({ consultationId: 'nobody-made-this' });
    await expect(refused).rejects.toBeInstanceOf(CatalogueError);
    await expect(refused).rejects.toMatchObject({ code: 'CONSULTATION_NOT_FOUND' });
  });

  it('says which fields of the input are wrong', async () => {
    const refused = clients[way].consultations.create({ consultationId: '!', patientId: 'p', doctorId: 'd' });
    await expect(refused).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    const error = (await refused.catch((caught: unknown) => caught)) as CatalogueError;
    expect(JSON.stringify(error.details)).toContain('consultationId');
  });
});

describe('the host client over HTTP', () => {
  it('reads what a host says of its parts while one is down, which whatever watches it sees by the status', async () => {
    const degraded = await startTestHost({
      LIVEKIT_API_URL: 'ws://127.0.0.1:9',
      LIVEKIT_API_KEY: 'key',
      LIVEKIT_API_SECRET: 'a secret that is long enough for anybody',
    });
    try {
      const client = createHttpHostClient({ baseUrl: degraded.url });
      await until(
        'the video server is given up',
        async () => (await client.livekit.status()).state === 'failed',
      );
      expect(await client.health()).toMatchObject({
        status: 'degraded',
        checks: { livekit: expect.stringContaining('LIVEKIT_API_URL') },
      });
      expect((await fetch(`${degraded.url}/health`)).status).toBe(503);
    } finally {
      await closeTestHost(degraded);
    }
  });

  it('does not take for a report what something in between says', async () => {
    const client = createHttpHostClient({
      baseUrl: host.url,
      fetch: async () => new Response('<h1>Unavailable</h1>', { status: 503 }),
    });
    await expect(client.health()).rejects.toBeInstanceOf(HostUnreachable);
  });

  it('redeems an invitation and shows the entry to the host as a credential', async () => {
    const client = clients.HTTP;
    await client.consultations.create({ consultationId: 'inv', patientId: 'p', doctorId: 'd' });
    const { code } = await client.invitations.create({ consultationId: 'inv', role: 'patient' });
    const entry = await client.invitations.redeem({
      code,
      displayName: 'Ana Pérez',
      termsVersion: consentVersions.terms,
    });
    expect(entry).toMatchObject({ role: 'patient', consultationId: 'inv' });
    const asPatient = createHttpHostClient({ baseUrl: host.url, token: entry.token });
    await expect(asPatient.consultations.close({ consultationId: 'inv' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('says that the host cannot be reached when nobody answers, or somebody else does', async () => {
    const nobody = createHttpHostClient({ baseUrl: 'http://127.0.0.1:9' });
    await expect(nobody.health()).rejects.toBeInstanceOf(HostUnreachable);
    const stranger = createHttpHostClient({
      baseUrl: host.url,
      fetch: async () => new Response('<h1>Router login</h1>', { status: 502 }),
    });
    await expect(stranger.consultations.list()).rejects.toBeInstanceOf(HostUnreachable);
  });
});
