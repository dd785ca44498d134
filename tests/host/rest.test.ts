import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/main/host/runtime/config.ts';
import { errorCatalogue } from '../../src/shared/contract/errors.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => closeTestHost(host));

const people = { consultationId: 'test-123', patientId: 'patient-123', doctorId: 'doctor-123' };

/** A request with headers that fetch does not let one set. */
function rawRequest(
  headers: Record<string, string>,
  path = '/api/rooms/active',
  url = host.url,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });
}

describe("the seed's requests", () => {
  test('health, create, active rooms and statistics answer as documented', async () => {
    const health = await host.call('GET', '/health');
    expect(health.status).toBe(200);
    expect(Object.keys(health.body)).toEqual([
      'status',
      'timestamp',
      'uptime',
      'activeRooms',
      'activeConnections',
    ]);
    expect(health.body.status).toBe('ok');

    const created = await host.call('POST', '/api/consultations/create', { body: people });
    expect(created.status).toBe(200);
    expect(created.body.success).toBe(true);
    expect(created.body.data).toMatchObject({
      ...people,
      roomName: 'consultation-test-123',
      roomSid: expect.stringMatching(/^RM_/),
      patientToken: expect.stringMatching(/^eyJ/),
      doctorToken: expect.stringMatching(/^eyJ/),
      livekitUrl: expect.stringMatching(/^ws:/),
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });

    const active = await host.call('GET', '/api/rooms/active');
    expect(active.body.data).toContainEqual({
      name: 'consultation-test-123',
      sid: (created.body.data as unknown as { roomSid: string }).roomSid,
      transport: 'p2p',
      numParticipants: 0,
      creationTime: expect.any(Number),
      recording: false,
    });

    const stats = await host.call('GET', '/api/rooms/consultation-test-123/stats');
    expect(stats.body.data).toMatchObject({
      name: 'consultation-test-123',
      numParticipants: 0,
      participants: [],
    });
  });

  test('creating again with the same people answers the same room and fresh tokens', async () => {
    const first = await host.createConsultation({ ...people, consultationId: 'again' });
    const second = await host.createConsultation({ ...people, consultationId: 'again' });
    expect(second.roomSid).toBe(first.roomSid);
    expect(second.invitationUrl).toBe(first.invitationUrl);
    expect(second.patientToken).not.toBe(first.patientToken);
  });

  test('creating again with other people is a conflict', async () => {
    await host.createConsultation({ ...people, consultationId: 'taken' });
    const { status, body } = await host.call('POST', '/api/consultations/create', {
      body: { ...people, consultationId: 'taken', patientId: 'somebody-else' },
    });
    expect([status, body.error?.code]).toEqual([409, 'CONSULTATION_CONFLICT']);
  });

  test('a closed consultation stays closed', async () => {
    await host.createConsultation({ ...people, consultationId: 'closed' });
    expect((await host.call('POST', '/api/consultations/closed/close')).status).toBe(200);
    const { status, body } = await host.call('POST', '/api/consultations/create', {
      body: { ...people, consultationId: 'closed' },
    });
    expect([status, body.error?.code]).toEqual([409, 'CONSULTATION_CLOSED']);
  });
});

describe('bad input gets an error that says what to do, and changes nothing', () => {
  const create = '/api/consultations/create';
  test.each([
    ['malformed JSON', 'POST', create, { rawBody: '{"consultationId":' }, 400, 'MALFORMED_JSON'],
    ['no body', 'POST', create, {}, 400, 'BAD_REQUEST'],
    ['a list', 'POST', create, { body: [1] }, 400, 'BAD_REQUEST'],
    [
      'a name with a control character',
      'POST',
      create,
      { body: { ...people, patientName: 'Elena\u0000Ruiz' } },
      400,
      'BAD_REQUEST',
    ],
    ['wrong types', 'POST', create, { body: { ...people, patientId: 7 } }, 400, 'BAD_REQUEST'],
    [
      'an id with a path in it',
      'POST',
      create,
      { body: { ...people, consultationId: '../../etc' } },
      400,
      'BAD_REQUEST',
    ],
    [
      'the same person twice',
      'POST',
      create,
      { body: { ...people, consultationId: 'x', doctorId: 'patient-123' } },
      400,
      'BAD_REQUEST',
    ],
    [
      'another content type',
      'POST',
      create,
      { body: people, headers: { 'content-type': 'text/plain' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a huge body', 'POST', create, { rawBody: `"${'x'.repeat(70_000)}"` }, 413, 'BODY_TOO_LARGE'],
    ['an unknown address', 'GET', '/api/nothing', {}, 404, 'NOT_FOUND'],
    ['another method', 'DELETE', create, {}, 405, 'METHOD_NOT_ALLOWED'],
    ['an unknown room', 'GET', '/api/rooms/consultation-none/stats', {}, 404, 'ROOM_NOT_FOUND'],
    ['an unknown consultation', 'POST', '/api/consultations/none/close', {}, 404, 'CONSULTATION_NOT_FOUND'],
    [
      'an unknown participant',
      'DELETE',
      '/api/rooms/consultation-none/participants/x',
      {},
      404,
      'ROOM_NOT_FOUND',
    ],
    ['a wrong code', 'GET', '/api/invitations/AAAAAA', {}, 404, 'INVITATION_NOT_FOUND'],
    ['a broken token', 'GET', '/api/rooms/active', { token: 'nonsense' }, 401, 'TOKEN_INVALID'],
    [
      'another kind of credential',
      'GET',
      '/api/rooms/active',
      { headers: { authorization: 'Basic eDp5' } },
      401,
      'UNAUTHENTICATED',
    ],
  ] as const)('%s', async (_, method, path, options, status, code) => {
    const before = await host.call('GET', '/api/consultations');
    const answer = await host.call(method, path, options);
    expect([answer.status, answer.body.success, answer.body.error?.code]).toEqual([status, false, code]);
    expect(answer.body.error?.message).toBe(errorCatalogue[code].message);
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.ts|node_modules/);
    expect((await host.call('GET', '/api/consultations')).body).toEqual(before.body);
  });

  test('405 says which methods there are', async () => {
    const answer = await host.call('PUT', '/api/rooms/active');
    expect(answer.headers.get('allow')).toBe('GET');
  });

  test('SFU without a video server says how to get one', async () => {
    const { consultationId } = await host.createConsultation();
    const { status, body } = await host.call('POST', `/api/consultations/${consultationId}/transport`, {
      body: { transport: 'sfu' },
    });
    expect([status, body.error?.code]).toEqual([503, 'LIVEKIT_UNAVAILABLE']);
    expect(body.error?.message).toMatch(/LIVEKIT_API_URL/);
  });
});

describe('the loopback door', () => {
  test('refuses a rebound name', async () => {
    for (const name of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example:8888',
      '192.168.1.20:8888',
    ]) {
      const { status, text } = await rawRequest({ host: name });
      expect(status, name).toBe(403);
      expect(text).toMatch(/FOREIGN_ORIGIN/);
    }
  });

  test('refuses pages of other sites, with or without an Origin header', async () => {
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:3003' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const answer = await host.call('GET', '/api/rooms/active', { headers });
      expect(answer.status, JSON.stringify(headers)).toBe(403);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test("opens its page for somebody who follows a link on another site, and nothing for that site's own requests", async () => {
    const webRoot = await mkdtemp(join(tmpdir(), 'autamedica-pages-'));
    await writeFile(join(webRoot, 'index.html'), '<title>The page</title>');
    const serving = await startTestHost({}, { webRoot });
    const fromAnotherSite = (mode: string, destination: string) =>
      rawRequest(
        {
          host: `127.0.0.1:${serving.port}`,
          'sec-fetch-site': 'cross-site',
          'sec-fetch-mode': mode,
          'sec-fetch-dest': destination,
        },
        '/join/ABC234',
        serving.url,
      );
    try {
      expect(await fromAnotherSite('navigate', 'document')).toEqual({
        status: 200,
        text: '<title>The page</title>',
      });
      for (const [mode, destination] of [
        ['no-cors', 'image'],
        ['no-cors', 'script'],
        ['navigate', 'iframe'],
      ] as const) {
        expect((await fromAnotherSite(mode, destination)).status, destination).toBe(403);
      }
    } finally {
      await closeTestHost(serving);
      await rm(webRoot, { recursive: true });
    }
  });

  test('serves a site named in CORS_ORIGIN, preflight included', async () => {
    const open = await startTestHost({ CORS_ORIGIN: 'http://localhost:3003' });
    try {
      const headers = { origin: 'http://localhost:3003' };
      const preflight = await open.call('OPTIONS', '/api/consultations/create', { headers });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('http://localhost:3003');
      const answer = await open.call('GET', '/api/rooms/active', { headers });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
        200,
        'http://localhost:3003',
      ]);
      expect(
        (await open.call('GET', '/api/rooms/active', { headers: { origin: 'http://localhost:3004' } }))
          .status,
      ).toBe(403);
    } finally {
      await closeTestHost(open);
    }
  });

  test('with an API key asks for it', async () => {
    const apiKey = 'the-key-of-this-clinic';
    const keyed = await startTestHost({ API_KEY: apiKey });
    try {
      expect((await keyed.call('GET', '/api/rooms/active')).body.error?.code).toBe('UNAUTHENTICATED');
      expect(
        (await keyed.call('GET', '/api/rooms/active', { token: 'another-key-of-a-clinic' })).body.error?.code,
      ).toBe('TOKEN_INVALID');
      expect((await keyed.call('GET', '/api/rooms/active', { token: apiKey })).status).toBe(200);
      expect((await keyed.call('GET', '/health')).status).toBe(200);
    } finally {
      await closeTestHost(keyed);
    }
  });

  test('behind a proxy nobody is the clinic without a key', async () => {
    const proxied = await startTestHost({ TRUST_PROXY: 'on', PUBLIC_URL: 'https://clinic.example' });
    try {
      expect((await proxied.call('GET', '/api/rooms/active')).body.error?.code).toBe('UNAUTHENTICATED');
    } finally {
      await closeTestHost(proxied);
    }
  });
});

test('the public address is the same however it is written in the settings', async () => {
  const proxied = await startTestHost({ TRUST_PROXY: 'on', PUBLIC_URL: 'https://Clinic.Example:443/' });
  try {
    for (const host of ['clinic.example', 'CLINIC.example', 'clinic.example:443', 'Clinic.Example:443']) {
      const headers = { host, origin: 'https://clinic.example' };
      expect((await rawRequest(headers, '/health', proxied.url)).status, host).toBe(200);
      // However it is written, it is not this computer.
      const asked = await rawRequest({ host }, '/api/rooms/active', proxied.url);
      expect(asked.status, host).toBe(401);
    }
    for (const host of ['clinic.example:80', 'clinic.example:8443', 'clinic.example.evil.example']) {
      expect((await rawRequest({ host }, '/health', proxied.url)).status, host).toBe(403);
    }
  } finally {
    await closeTestHost(proxied);
  }
  expect(() => loadConfig({ PUBLIC_URL: 'https://clinic.example/calls' })).toThrow('PUBLIC_URL: ');
});

describe('a proxy that the settings say nothing of', () => {
  test('does not make the clinic of whoever comes through it', async () => {
    const exposed = await startTestHost({ PUBLIC_URL: 'https://clinic.example' });
    try {
      for (const headers of [
        { host: 'clinic.example' },
        { host: 'CLINIC.example:443' },
        { host: `127.0.0.1:${exposed.port}`, 'x-forwarded-for': '203.0.113.7' },
        { host: `127.0.0.1:${exposed.port}`, forwarded: 'for=203.0.113.7' },
        { host: `127.0.0.1:${exposed.port}`, via: '1.1 proxy' },
      ]) {
        const { status, text } = await rawRequest(headers, '/api/rooms/active', exposed.url);
        expect([status, text.includes('UNAUTHENTICATED')], JSON.stringify(headers)).toEqual([401, true]);
      }
      expect((await exposed.call('GET', '/api/rooms/active')).status).toBe(200);
    } finally {
      await closeTestHost(exposed);
    }
  });
});
