import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeTestHost, joinBy, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => closeTestHost(host));

async function changes(known?: number, signal?: AbortSignal): Promise<number> {
  const query = known === undefined ? '' : `?known=${known}`;
  const response = await fetch(`${host.url}/api/agenda/changes${query}`, signal ? { signal } : {});
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: { number: number } }).data.number;
}

/** The number after everything that is under way has been told. */
async function whenChangedBy(change: () => Promise<unknown>): Promise<void> {
  const known = await changes();
  let answered = false;
  const answer = changes(known).then((number) => {
    answered = true;
    return number;
  });
  // Whatever the host is asked meanwhile is answered, and the question stays open.
  await host.call('GET', '/api/consultations');
  expect(answered).toBe(false);
  await change();
  expect(await answer).toBeGreaterThan(known);
}

describe('who asks for changes', () => {
  test('is answered at once without a number, or with an old one', async () => {
    const number = await changes();
    expect(await changes(number - 1)).toBe(number);
    expect(await changes(0)).toBe(number);
  });

  test('is told when a consultation is planned, corrected, rescheduled, cancelled or closed', async () => {
    await whenChangedBy(() => host.createConsultation({ consultationId: 'one' }));
    await whenChangedBy(() => host.call('PATCH', '/api/consultations/one', { body: { title: 'Control' } }));
    await whenChangedBy(() =>
      host.call('POST', '/api/consultations/one/reschedule', {
        body: { scheduledAt: '2090-01-01T10:00:00Z' },
      }),
    );
    await whenChangedBy(() => host.call('POST', '/api/consultations/one/cancel', { body: {} }));
    await host.createConsultation({ consultationId: 'two' });
    await whenChangedBy(() => host.call('POST', '/api/consultations/two/close'));
  });

  test('is told when a patient comes, is let in, and goes', async () => {
    const { patientToken, patientId } = await host.createConsultation({ consultationId: 'three' });
    let leave: () => Promise<unknown> = async () => {};
    await whenChangedBy(async () => {
      const { client } = await joinBy(host.url, patientToken);
      leave = () => client.request('leave');
    });
    await whenChangedBy(() =>
      host.call('POST', `/api/consultations/three/participants/${patientId}/admit`, { body: {} }),
    );
    await whenChangedBy(() => leave());
  });

  test('goes without a trace when they no longer want to know, and does not keep the host from stopping', async () => {
    const own = await startTestHost();
    const known = (await own.call('GET', '/api/agenda/changes')).body.data?.number;
    const leaving = new AbortController();
    const gone = fetch(`${own.url}/api/agenda/changes?known=${known}`, { signal: leaving.signal });
    leaving.abort();
    await expect(gone).rejects.toThrow();
    const waiting = fetch(`${own.url}/api/agenda/changes?known=${known}`).then(
      () => 'answered',
      () => 'cut',
    );
    await own.call('GET', '/health');
    await closeTestHost(own);
    expect(await waiting).toMatch(/answered|cut/);
  });

  test('is refused for numbers that are none', async () => {
    expect((await host.call('GET', '/api/agenda/changes?known=x')).status).toBe(400);
    expect((await host.call('GET', '/api/agenda/changes?known=-1')).status).toBe(400);
  });
});
