import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hashOf } from '../../src/main/host/staff/credentials.ts';
import { newNonce, pairingKey, proofOf } from '../../src/main/host/staff/pairing-proof.ts';
import { closeTestHost, HandMadeClient, joinBy, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => closeTestHost(host));

const codeOf = (answer: Awaited<ReturnType<TestHost['call']>>) => answer.body.error?.code ?? answer.status;
const pair = (code: string, on = host) =>
  on.call('POST', '/api/staff/pair', { body: { code, deviceName: 'Computadora de la entrada' } });
const me = (token: string, on = host) => on.call('GET', '/api/staff/me', { token });

describe('pairing', () => {
  test('a computer redeems a code, is somebody from then on, and is listed with when it was last seen', async () => {
    const made = await host.makePairingCode('clinician');
    expect(made.code).toMatch(/^[2-9A-HJ-NP-RT-Y]{8}$/);
    expect(made.link).toBe(`${host.url}/pair#${made.code}`);
    expect(Date.parse(made.expiresAt) - Date.now()).toBeGreaterThan(14 * 60_000);
    expect(Date.parse(made.expiresAt) - Date.now()).toBeLessThanOrEqual(15 * 60_000);

    const paired = await pair(`${made.code.slice(0, 4).toLowerCase()} ${made.code.slice(4)}`);
    expect(paired.status).toBe(200);
    const { credential, device } = paired.body.data as unknown as {
      credential: string;
      device: { deviceId: string };
    };
    expect(credential).toMatch(/^amd_[a-z0-9]{16}_[A-Za-z0-9_-]{43}$/);
    expect((await me(credential)).body.data).toEqual({
      role: 'clinician',
      clinicName: 'AutaMedica',
      name: 'A person in clinician',
      deviceId: device.deviceId,
    });

    const listed = await host.call('GET', '/api/staff/devices');
    const found = (listed.body.data as unknown as { deviceId: string; lastSeenAt?: string }[]).find(
      ({ deviceId }) => deviceId === device.deviceId,
    );
    expect(found).toMatchObject({
      personName: 'A person in clinician',
      deviceName: 'Computadora de la entrada',
      role: 'clinician',
    });
    expect(Date.now() - Date.parse(found?.lastSeenAt ?? '')).toBeLessThan(60_000);
    expect(JSON.stringify(listed.body)).not.toContain(credential.slice(-43));
  });

  test('a code made on the clinic’s own computer leads to its address on the network, with the fingerprint to expect there', async () => {
    const shared = await startTestHost({ LAN_ADDRESS: '127.0.0.1', TLS_PORT: '0' });
    const { body } = await shared.call('POST', '/api/network/sharing', { body: { sharing: true } });
    const { urls, fingerprint } = body.data as unknown as { urls: string[]; fingerprint: string };
    const made = await shared.makePairingCode('reception');
    expect(made).toMatchObject({ address: urls[0] });
    const link = new URL(made.desktopLink);
    expect(Object.fromEntries(link.searchParams)).toEqual({ host: urls[0], code: made.code, fingerprint });
    await closeTestHost(shared);
  });

  test('a computer proves that it was told a code, for the authority it sees, and is shown that the host made it', async () => {
    const shared = await startTestHost({ LAN_ADDRESS: '127.0.0.1', TLS_PORT: '0', SHARE_ON_NETWORK: 'on' });
    const { fingerprint } = (await shared.call('GET', '/api/network')).body.data as unknown as {
      fingerprint: string;
    };
    const { code } = await shared.makePairingCode('reception');
    await shared.makePairingCode('admin');
    const deviceName = 'Computadora de la entrada';
    const nonce = newNonce();
    const prove = async (told: string, seen: string) => {
      const key = await pairingKey(hashOf(told), { fingerprint: seen, nonce });
      const body = { nonce, deviceName, proof: proofOf(key, 'computer', deviceName) };
      return { key, body, answer: await shared.call('POST', '/api/staff/pair-by-proof', { body }) };
    };
    // As somebody in between would hand it on: made for the authority that they showed.
    expect(codeOf((await prove(code, 'ab'.repeat(32))).answer)).toBe('PAIRING_NOT_FOUND');
    expect(codeOf((await prove('WRNGWRNG', fingerprint)).answer)).toBe('PAIRING_NOT_FOUND');
    const { key, body, answer } = await prove(code, fingerprint);
    const paired = answer.body.data as unknown as { credential: string; proof: string };
    expect(paired.proof).toBe(proofOf(key, 'host', paired.credential));
    expect((await me(paired.credential, shared)).body.data).toMatchObject({ role: 'reception' });
    // Used up, also for who has heard all of it.
    const again = await shared.call('POST', '/api/staff/pair-by-proof', { body });
    expect(codeOf(again)).toBe('PAIRING_NOT_FOUND');
    await closeTestHost(shared);
  });

  test('a code pairs one computer, also when two try it at the same moment', async () => {
    const { code } = await host.makePairingCode('reception');
    const answers = await Promise.all([pair(code), pair(code), pair(code)]);
    expect(answers.map(codeOf).sort()).toEqual([200, 'PAIRING_NOT_FOUND', 'PAIRING_NOT_FOUND']);
  });

  test('a code older than 15 minutes pairs nothing', async () => {
    const { code } = await host.makePairingCode('reception');
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      vi.setSystemTime(Date.now() + 15 * 60_000);
      expect(codeOf(await pair(code))).toBe('PAIRING_NOT_FOUND');
    } finally {
      vi.useRealTimers();
    }
  });

  test.each(['', '%', "' or 1=1 --", '../..', 'A'.repeat(64)])(
    'something that is no code pairs nothing: %j',
    async (code) => {
      expect((await pair(code)).status).toBeGreaterThanOrEqual(400);
    },
  );

  test('a computer can be renamed, and keeps its credential', async () => {
    const { credential, deviceId } = await host.pairDevice('reception');
    const renamed = await host.call('POST', `/api/staff/devices/${deviceId}`, {
      body: { personName: 'Lucía Gómez', deviceName: 'Entrada' },
    });
    expect(renamed.body.data).toMatchObject({ personName: 'Lucía Gómez', deviceName: 'Entrada' });
    expect((await me(credential)).body.data).toMatchObject({ name: 'Lucía Gómez' });
    const none = await host.call('POST', '/api/staff/devices/aaaaaaaaaaaaaaaa', { body: {} });
    expect(codeOf(none)).toBe('DEVICE_NOT_FOUND');
  });

  test("the clinic's name is changed for everybody, and stays after a restart", async () => {
    const first = await startTestHost();
    await first.call('POST', '/api/clinic', { body: { clinicName: 'Clínica San Martín' } });
    const { invitationUrl } = await first.createConsultation();
    const greeted = await first.call('GET', `/api/invitations/${invitationUrl.split('/').at(-1)}`);
    expect(greeted.body.data).toMatchObject({ clinicName: 'Clínica San Martín' });
    await first.close();
    const second = await startTestHost({ DATA_DIR: first.dataDir });
    const self = await second.call('GET', '/api/staff/me');
    expect(self.body.data).toMatchObject({ role: 'admin', clinicName: 'Clínica San Martín' });
    await closeTestHost(second);
  });
});

describe('guessing', () => {
  const guesses = (on: TestHost, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => pair(`WRNG${String(index).padStart(4, '2')}`, on)),
    );
  let other: TestHost;
  const lines: string[] = [];
  beforeAll(async () => {
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(String(text));
      return true;
    });
    other = await startTestHost({
      LOG_LEVEL: 'debug',
      TRUST_PROXY: 'on',
      API_KEY: 'a-key-of-the-clinic-for-tests',
    });
  });
  afterAll(async () => {
    await closeTestHost(other);
    vi.restoreAllMocks();
  });

  test('is stopped after ten wrong codes from one place, also when all come at once, and is logged', async () => {
    const { code } = await other.makePairingCode('admin');
    const answers = (await guesses(other, 40)).map(codeOf);
    expect(answers.filter((answer) => answer === 'PAIRING_NOT_FOUND')).toHaveLength(10);
    expect(answers.filter((answer) => answer === 'TOO_MANY_REQUESTS')).toHaveLength(30);
    const right = await pair(code, other);
    expect(right.status).toBe(429);
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(lines.filter((line) => line.includes('A wrong pairing code was tried'))).toHaveLength(10);

    const elsewhere = await other.call('POST', '/api/staff/pair', {
      body: { code, deviceName: 'Otra' },
      headers: { 'x-forwarded-for': '198.51.100.7' },
    });
    expect(elsewhere.status).toBe(200);
    const { credential } = elsewhere.body.data as unknown as { credential: string };
    expect((await me(credential, other)).status).toBe(200);
    const log = lines.join('');
    expect(log).toContain('[Staff]');
    for (const secret of [code, credential, credential.slice(-43), 'A person in admin', 'Otra'])
      expect(log).not.toContain(secret);
  });
});

describe('a revoked computer', () => {
  test('is refused at once, and says so with a reason', async () => {
    const { credential, deviceId } = await host.pairDevice('admin');
    expect((await me(credential)).status).toBe(200);
    expect((await host.call('DELETE', `/api/staff/devices/${deviceId}`)).status).toBe(200);
    expect(await me(credential)).toMatchObject({
      status: 401,
      body: { error: { code: 'DEVICE_REVOKED', message: expect.stringContaining('pairing code') } },
    });
    const listed = await host.call('GET', '/api/staff/devices');
    expect(JSON.stringify(listed.body)).not.toContain(deviceId);
    expect(codeOf(await host.call('DELETE', `/api/staff/devices/${deviceId}`))).toBe('DEVICE_NOT_FOUND');
  });

  test('stays refused after the host was restarted', async () => {
    const first = await startTestHost();
    const kept = await first.pairDevice('clinician');
    const revoked = await first.pairDevice('clinician');
    await first.call('DELETE', `/api/staff/devices/${revoked.deviceId}`);
    await first.close();
    const second = await startTestHost({ DATA_DIR: first.dataDir });
    expect((await me(kept.credential, second)).status).toBe(200);
    expect(codeOf(await me(revoked.credential, second))).toBe('DEVICE_REVOKED');
    await closeTestHost(second);
  });

  test("loses the doctor's socket and token of the consultations it entered, and no other", async () => {
    const { credential, deviceId } = await host.pairDevice('clinician');
    const other = await host.pairDevice('clinician');
    const entered = await host.createConsultation();
    const foreign = await host.createConsultation();
    const enter = async (token: string, { consultationId }: { consultationId: string }) =>
      (await host.call('POST', `/api/consultations/${consultationId}/enter`, { token })).body
        .data as unknown as {
        token: string;
      };
    const own = await enter(credential, entered);
    const others = await enter(other.credential, foreign);
    const sockets = await Promise.all([joinBy(host.url, own.token), joinBy(host.url, others.token)]);

    await host.call('DELETE', `/api/staff/devices/${deviceId}`);
    await sockets[0].client.disconnected();
    await expect(new HandMadeClient(host.url, own.token).connected()).rejects.toThrow('REMOVED');
    expect(
      codeOf(await host.call('GET', `/api/consultations/${entered.consultationId}`, { token: own.token })),
    ).toBe('REMOVED');
    expect(sockets[1].client.socket.connected).toBe(true);
    await sockets[1].client.request('echo');
    // Whoever is still paired enters the same consultation again.
    const again = await joinBy(host.url, (await enter(other.credential, entered)).token);
    for (const { client } of [...sockets, again]) client.close();
  });

  test("loses the doctor's token that creating a consultation gave it", async () => {
    const { credential, deviceId } = await host.pairDevice('clinician');
    const created = await host.call('POST', '/api/consultations/create', {
      token: credential,
      body: { consultationId: 'by-device', patientId: 'p-by-device', doctorId: 'd-by-device' },
    });
    const { doctorToken } = created.body.data as unknown as { doctorToken: string };
    const { client } = await joinBy(host.url, doctorToken);
    await host.call('DELETE', `/api/staff/devices/${deviceId}`);
    await client.disconnected();
    await expect(new HandMadeClient(host.url, doctorToken).connected()).rejects.toThrow('REMOVED');
  });

  test('cannot be let in by entering while it is being revoked', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { credential, deviceId } = await host.pairDevice('clinician');
      const { consultationId } = await host.createConsultation();
      const [entered] = await Promise.all([
        host.call('POST', `/api/consultations/${consultationId}/enter`, { token: credential }),
        host.call('DELETE', `/api/staff/devices/${deviceId}`),
      ]);
      const token = (entered.body.data as unknown as { token?: string } | undefined)?.token;
      if (token === undefined) expect(codeOf(entered)).toBe('DEVICE_REVOKED');
      else await expect(new HandMadeClient(host.url, token).connected()).rejects.toThrow('REMOVED');
    }
  });

  test('may give itself up, which is all it may do to the list', async () => {
    const { credential } = await host.pairDevice('reception');
    expect((await host.call('POST', '/api/staff/unpair', { token: credential })).status).toBe(200);
    expect(codeOf(await me(credential))).toBe('DEVICE_REVOKED');
    expect(codeOf(await host.call('POST', '/api/staff/unpair'))).toBe('DEVICE_NOT_FOUND');
  });

  test('never takes the clinic with it: its own computer and its key stay when every device is revoked', async () => {
    const keyed = await startTestHost({ API_KEY: 'a-key-of-the-clinic-for-tests' });
    const admin = await keyed.pairDevice('admin');
    await keyed.pairDevice('admin');
    const listed = await keyed.call('GET', '/api/staff/devices', { token: admin.credential });
    // The last device revokes itself last.
    const ids = (listed.body.data as unknown as { deviceId: string }[]).map(({ deviceId }) => deviceId);
    for (const id of [...ids.filter((id) => id !== admin.deviceId), admin.deviceId]) {
      const answer = await keyed.call('DELETE', `/api/staff/devices/${id}`, { token: admin.credential });
      expect(answer.status).toBe(200);
    }
    expect((await keyed.pairDevice('admin')).credential).toBeTruthy();
    expect(keyed.staffContext.caller).toEqual({ role: 'admin' });
    await closeTestHost(keyed);

    const revoked = await host.pairDevice('admin');
    await host.call('DELETE', `/api/staff/devices/${revoked.deviceId}`);
    expect((await host.call('GET', '/api/staff/devices')).status).toBe(200);
  });
});

describe('a credential is good for nothing else', () => {
  test("a device's opens no socket, and a participant's token is no device's", async () => {
    const { credential } = await host.pairDevice('admin');
    await expect(new HandMadeClient(host.url, credential).connected()).rejects.toThrow('TOKEN_INVALID');
    const { doctorToken, patientToken } = await host.createConsultation();
    for (const token of [doctorToken, patientToken]) {
      expect(codeOf(await me(token))).toBe('FORBIDDEN');
      expect(codeOf(await host.call('POST', '/api/staff/unpair', { token }))).toBe('FORBIDDEN');
    }
  });

  test('one that is off by a character, cut, joined from two devices or made up is refused like any other', async () => {
    const [one, two] = [await host.pairDevice('admin'), await host.pairDevice('admin')];
    const [, id = '', secret = ''] = /^amd_([a-z0-9]+)_(.+)$/.exec(one.credential) ?? [];
    const secretOfTwo = two.credential.slice(`amd_${two.deviceId}_`.length);
    const last = secret.at(-1) === 'A' ? 'B' : 'A';
    const first = secret[0] === 'A' ? 'B' : 'A';
    for (const made of [
      `amd_${id}_${secret.slice(0, -1)}${last}`,
      `amd_${id}_${first}${secret.slice(1)}`,
      `amd_${id}_${secret.slice(1)}`,
      `amd_${id}_`,
      `amd_${id}_${secretOfTwo}`,
      `amd_aaaaaaaaaaaaaaaa_${secret}`,
      secret,
      `${one.credential}x`,
      `amd_${id}_${'A'.repeat(43)}`,
    ]) {
      expect(codeOf(await me(made)), made).toBe('TOKEN_INVALID');
    }
    expect((await me(one.credential)).status).toBe(200);
  });

  test('a role comes from the pairing, never from what is sent', async () => {
    const { code } = await host.makePairingCode('reception');
    const paired = await host.call('POST', '/api/staff/pair', {
      body: { code, deviceName: 'x', role: 'admin', personName: 'Admin' },
    });
    expect((paired.body.data as unknown as { device: object }).device).toMatchObject({
      role: 'reception',
      personName: 'A person in reception',
    });
  });
});

describe('roles', () => {
  test('a clinician pairs, renames, lists and revokes nobody', async () => {
    const { credential, deviceId } = await host.pairDevice('clinician');
    const tries: [string, string, object?][] = [
      ['POST', '/api/staff/pairing-codes', { personName: 'x', role: 'admin' }],
      ['GET', '/api/staff/devices'],
      ['POST', `/api/staff/devices/${deviceId}`, { personName: 'x' }],
      ['DELETE', `/api/staff/devices/${deviceId}`],
      ['POST', '/api/clinic', { clinicName: 'x' }],
    ];
    for (const [method, path, body] of tries) {
      const answer = await host.call(method, path, { token: credential, ...(body ? { body } : {}) });
      expect(codeOf(answer), path).toBe('FORBIDDEN');
    }
  });

  test("reception plans, and gets nobody's token: not by planning, not by planning again what others hold", async () => {
    const { credential } = await host.pairDevice('reception');
    const body = { consultationId: 'planned', patientId: 'p-planned', doctorId: 'd-planned' };
    const planned = await host.call('POST', '/api/consultations/create', { token: credential, body });
    expect(planned.status).toBe(200);
    const running = await host.createConsultation();
    const { consultationId, patientId, doctorId } = running;
    const again = await host.call('POST', '/api/consultations/create', {
      token: credential,
      body: { consultationId, patientId, doctorId },
    });
    for (const { body } of [planned, again]) {
      expect(body.data).toMatchObject({ invitationUrl: expect.any(String) });
      expect(JSON.stringify(body)).not.toMatch(/"(doctor|patient)Token"|eyJ/);
    }
    expect(codeOf(await host.call('POST', '/api/consultations/planned/enter', { token: credential }))).toBe(
      'FORBIDDEN',
    );
  });
});
