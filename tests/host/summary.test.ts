/** The summary of a consultation is true: while it goes on, when it is closed, and after the host was killed in the middle of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/shared/contract/summary.ts';
import { startHostProcess } from '../support/killable-host.ts';
import {
  agreeToObserver,
  type CreatedConsultation,
  closeTestHost,
  inviteTo,
  joinBy,
  redeem,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

const hosts: TestHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await closeTestHost(host);
});

async function start(): Promise<TestHost> {
  const host = await startTestHost();
  hosts.push(host);
  return host;
}

async function summaryOf(
  host: { url: string },
  { consultationId }: { consultationId: string },
): Promise<Summary> {
  const response = await fetch(`${host.url}/api/consultations/${consultationId}/summary`);
  expect(response.status).toBe(200);
  return (await response.json()).data;
}

const personOf = (summary: Summary, role: string) => summary.people.find((person) => person.role === role);

async function admit(host: TestHost, { consultationId }: CreatedConsultation, identity: string) {
  const path = `/api/consultations/${consultationId}/participants/${identity}/admit`;
  expect((await host.call('POST', path, { body: {} })).status).toBe(200);
}

describe('the summary', () => {
  it('of a consultation to come is empty', async () => {
    const host = await start();
    const planned = await host.createConsultation();
    expect(await summaryOf(host, planned)).toMatchObject({
      consultation: { consultationId: planned.consultationId, state: 'planned' },
      togetherMs: 0,
      people: [],
      messages: 0,
      files: 0,
    });
  });

  it('tells who was there, who waited, how well they were connected and what was written', async () => {
    const host = await start();
    const held = await host.createConsultation({ patientName: 'Elena Ruiz', doctorName: 'Dr. Pérez' });
    const { client: doctor } = await joinBy(host.url, held.doctorToken);
    const { client: patient } = await joinBy(host.url, held.patientToken);
    await patient.request('quality', { level: 3 });
    await admit(host, held, held.patientId);
    const code = await inviteTo(host, held.consultationId, { role: 'observer' });
    const observer = await redeem(host, code, 'Lucía Gómez');
    await agreeToObserver(host, held, observer.identity);
    const { client: looking } = await joinBy(host.url, observer.token);
    await host.call(
      'POST',
      `/api/consultations/${held.consultationId}/participants/${observer.identity}/refuse`,
      {
        body: {},
      },
    );
    await doctor.request('message', { id: crypto.randomUUID(), text: '¿Me escucha bien?' });
    await host.call('POST', `/api/consultations/${held.consultationId}/notes`, {
      body: { text: 'Sin fiebre.', basedOn: 0, editor: 'window-1' },
    });
    await patient.request('quality', { level: 1 });

    const going = await summaryOf(host, held);
    expect(personOf(going, 'patient')).toMatchObject({ displayName: 'Elena Ruiz', stays: 1 });
    expect(personOf(going, 'patient')).not.toHaveProperty('lastLeftAt');
    expect(going.messages).toBe(1);

    await host.call('POST', `/api/consultations/${held.consultationId}/close`, { body: {} });
    const summary = await summaryOf(host, held);
    expect(summary.consultation).toMatchObject({ state: 'closed', startedAt: expect.any(String) });
    expect(summary.people.map(({ role, leftAs }) => [role, leftAs])).toEqual([
      ['doctor', 'closed'],
      ['patient', 'closed'],
      ['observer', 'refused'],
    ]);
    expect(personOf(summary, 'observer')).not.toHaveProperty('admittedAt');
    expect(personOf(summary, 'patient')?.quality?.typical).toBeGreaterThanOrEqual(1);
    expect(personOf(summary, 'doctor')).not.toHaveProperty('quality');
    expect(summary.togetherMs).toBeGreaterThan(0);
    // Everybody's stay ends at a moment of their own.
    expect(summary.togetherMs).toBeLessThanOrEqual(personOf(summary, 'patient')?.inCallMs ?? 0);
    expect(summary.notes).toMatchObject({ version: 1, length: 11 });
    expect(JSON.stringify(summary)).not.toContain('Sin fiebre');
    for (const client of [doctor, patient, looking]) client.close();
    // Closed is final: asked later it says the same.
    expect(await summaryOf(host, held)).toEqual(summary);
  });

  it('says when the clinic was last backed up', async () => {
    const host = await start();
    const planned = await host.createConsultation();
    const { body } = await host.call('POST', '/api/backup');
    expect((await summaryOf(host, planned)).lastBackupAt).toBe(body.data?.createdAt);
  });
});

it('is still true when the host was killed in the middle of the consultation, and goes on with it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'autamedica-summary-'));
  let host = await startHostProcess(dataDir);
  try {
    const post = async (path: string, body: unknown) => {
      const response = await fetch(`${host.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await response.json()).data;
    };
    const held: CreatedConsultation = await post('/api/consultations/create', {
      consultationId: 'c-1',
      patientId: 'patient-1',
      doctorId: 'doctor-1',
    });
    const first = [await joinBy(host.url, held.doctorToken), await joinBy(host.url, held.patientToken)];
    await post('/api/consultations/c-1/participants/patient-1/admit', {});
    const before = personOf(await summaryOf(host, held), 'patient');
    await host.kill();
    for (const { client } of first) client.close();

    host = await startHostProcess(dataDir);
    const between = await summaryOf(host, held);
    expect(personOf(between, 'patient')).toMatchObject({
      admittedAt: before?.admittedAt,
      lastLeftAt: before?.admittedAt,
      stays: 1,
    });
    const again = [await joinBy(host.url, held.doctorToken), await joinBy(host.url, held.patientToken)];
    await post('/api/consultations/c-1/close', {});
    const after = await summaryOf(host, held);
    expect(personOf(after, 'patient')).toMatchObject({
      firstJoinedAt: before?.firstJoinedAt,
      admittedAt: before?.admittedAt,
      stays: 2,
      leftAs: 'closed',
    });
    for (const { client } of again) client.close();
  } finally {
    await host.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
});
