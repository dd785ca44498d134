/** Credentials that are refused before anything was asked for are in the audit log: which door, why, who when that is known, and a flood as a number. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/shared/contract/audit.ts';
import { closeTestHost, HandMadeClient, startTestHost, type TestHost } from '../support/test-host.ts';

const apiKey = 'a-key-of-the-clinic-for-tests';
let host: TestHost;
let elsewhere: TestHost;

beforeAll(async () => {
  host = await startTestHost({ API_KEY: apiKey });
  elsewhere = await startTestHost();
});
afterAll(async () => {
  await closeTestHost(host);
  await closeTestHost(elsewhere);
});

async function refusals(on = host): Promise<AuditEntry[]> {
  // Recorded with the next commit, which nobody waits for.
  await on.createConsultation();
  const path = '/api/audit?operation=credential.refused&limit=500';
  const { body } = await on.call('GET', path, { token: apiKey });
  return (body.data as unknown as { entries: AuditEntry[] }).entries;
}

const ask = (token: string, on = host) => on.call('GET', '/api/agenda', { token });
const knock = (token: unknown) =>
  new HandMadeClient(host.url, token).connected().catch(({ message }: Error) => message);

describe('a refused credential', () => {
  it('that nobody made here is recorded as nobody’s, once for each door', async () => {
    const foreign = await elsewhere.createConsultation();
    for (const token of ['not-the-key', foreign.doctorToken, `amd_${'a'.repeat(16)}_${'b'.repeat(43)}`]) {
      expect((await ask(token)).body.error?.code).toBe('TOKEN_INVALID');
      expect(await knock(token)).toBe('TOKEN_INVALID');
    }
    const malformed = await host.call('GET', '/api/agenda', { headers: { authorization: 'Basic YTpi' } });
    expect(malformed.status).toBe(401);
    expect(await knock(undefined)).toBe('UNAUTHENTICATED');
    const recorded = (await refusals()).map(({ caller, detail, outcome }) => [caller, detail, outcome]);
    const nobody = { role: 'anyone' };
    expect(recorded.reverse()).toEqual([
      [nobody, 'request', 'TOKEN_INVALID'],
      [nobody, 'signaling', 'TOKEN_INVALID'],
      [nobody, 'request', 'UNAUTHENTICATED'],
      [nobody, 'signaling', 'UNAUTHENTICATED'],
    ]);
  });

  it('of a computer that was sent away, or of somebody removed, is recorded as theirs', async () => {
    const device = await host.pairDevice('clinician');
    await host.call('DELETE', `/api/staff/devices/${device.deviceId}`, { token: apiKey });
    expect((await ask(device.credential)).body.error?.code).toBe('DEVICE_REVOKED');
    const { consultationId, roomName, patientId, patientToken } = await host.createConsultation();
    await host.call('DELETE', `/api/rooms/${roomName}/participants/${patientId}`, { token: apiKey });
    expect(await knock(patientToken)).toBe('REMOVED');
    const [removed, revoked] = await refusals();
    expect(revoked).toMatchObject({
      caller: { role: 'clinician', kind: 'device', id: device.deviceId },
      outcome: 'DEVICE_REVOKED',
    });
    expect(removed).toMatchObject({
      caller: { role: 'patient', kind: 'participant', id: patientId },
      consultationId,
      detail: 'signaling',
      outcome: 'REMOVED',
    });
  });

  it('is not in the log itself', async () => {
    const { body } = await host.call('GET', '/api/audit/export', { token: apiKey });
    expect(String(body.data?.text)).not.toMatch(/not-the-key|eyJ|amd_/);
  });

  it('is not what a door could not decide: a consultation that is over says nothing of who knocks', async () => {
    const { consultationId, doctorToken } = await host.createConsultation();
    await host.call('POST', `/api/consultations/${consultationId}/close`, { token: apiKey });
    const before = await refusals();
    expect(await knock(doctorToken)).toBe('CONSULTATION_CLOSED');
    expect(await refusals()).toEqual(before);
  });
});

it('a flood of other credentials is two entries: the first, and how many followed', async () => {
  const flooded = await startTestHost({ API_KEY: apiKey });
  try {
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 50 }, (_, number) => ask(`guess-${round}-${number}`, flooded)));
    }
    expect(await refusals(flooded)).toHaveLength(1);
    await flooded.close();
    const again = await startTestHost({ API_KEY: apiKey, DATA_DIR: flooded.dataDir });
    try {
      expect((await refusals(again)).map(({ outcome, count }) => [outcome, count])).toEqual([
        ['TOKEN_INVALID', 999],
        ['TOKEN_INVALID', undefined],
      ]);
    } finally {
      await again.close();
    }
  } finally {
    await closeTestHost(flooded);
  }
});
