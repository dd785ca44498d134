import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import {
  closeTestHost,
  inviteTo,
  joinBy,
  redeem,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

// Only the calendar is the test's: the host's connections go by the real clock.
vi.useFakeTimers({ toFake: ['Date'] });
const morning = new Date('2026-11-24T10:00:00');
const hour = 3_600_000;

let host: TestHost;
beforeAll(async () => {
  vi.setSystemTime(morning);
  host = await startTestHost();
});
afterEach(() => vi.setSystemTime(morning));
afterAll(async () => {
  await closeTestHost(host);
  vi.useRealTimers();
});

const later = (hours: number) => vi.setSystemTime(morning.getTime() + hours * hour);
const codeOf = (invitationUrl: string) => invitationUrl.split('/').at(-1) ?? '';
const agreed = { termsVersion: consentVersions.terms };

async function knock(code: string, body: Record<string, unknown> = {}) {
  const answer = await host.call('POST', `/api/invitations/${code}/redeem`, {
    body: { displayName: 'Lucía', ...agreed, ...body },
  });
  return answer.body.error?.code ?? 'in';
}

interface Listed {
  readonly code: string;
  readonly role: string;
  readonly standing: string;
  readonly uses: number;
  readonly expiresAt: string;
}
async function list(consultationId: string): Promise<Listed[]> {
  const { body } = await host.call('GET', `/api/consultations/${consultationId}/invitations`);
  return body.data as unknown as Listed[];
}
const revoke = (consultationId: string, code: string) =>
  host.call('DELETE', `/api/consultations/${consultationId}/invitations/${code}`);

describe("a patient's invitation", () => {
  test('is redeemed by anyone, however its code is typed, and brings the same patient back', async () => {
    const { invitationUrl, patientId } = await host.createConsultation();
    const code = codeOf(invitationUrl);
    expect(code).toMatch(/^[2-9A-HJ-NP-Y]{6}$/);
    const typed = `${code.slice(0, 3).toLowerCase()}-${code.slice(3).toLowerCase()}`;
    for (const name of ['Elena', 'Elena Ruiz']) {
      const { body } = await host.call('POST', `/api/invitations/${typed}/redeem`, {
        body: { displayName: name, ...agreed },
      });
      expect(body.data).toMatchObject({ identity: patientId, role: 'patient', displayName: name });
    }
  });

  test('lasts until the end of the day after the planned one', async () => {
    const { consultationId, invitationUrl } = await host.createConsultation({
      scheduledAt: new Date('2026-11-27T16:00:00').toISOString(),
    });
    const [invitation] = await list(consultationId);
    expect(invitation?.expiresAt).toBe(new Date('2026-11-28T23:59:59.999').toISOString());
    vi.setSystemTime(new Date('2026-11-28T23:59:00'));
    expect((await host.call('GET', `/api/invitations/${codeOf(invitationUrl)}`)).status).toBe(200);
    vi.setSystemTime(new Date('2026-11-29T00:00:01'));
    const greeted = await host.call('GET', `/api/invitations/${codeOf(invitationUrl)}`);
    expect([greeted.status, greeted.body.error?.code]).toEqual([410, 'INVITATION_EXPIRED']);
    expect(await knock(codeOf(invitationUrl))).toBe('INVITATION_EXPIRED');
  });

  test('lasts a day also for a consultation planned in the past', async () => {
    const { consultationId } = await host.createConsultation({ scheduledAt: '2026-01-02T10:00:00Z' });
    const [invitation] = await list(consultationId);
    expect(Date.parse(invitation?.expiresAt ?? '') - morning.getTime()).toBe(24 * hour);
  });

  test('lets the patient back in as long as it is being used, and while somebody is there', async () => {
    const { consultationId, invitationUrl } = await host.createConsultation();
    const code = codeOf(invitationUrl);
    for (const hours of [20, 43, 66, 89]) {
      later(hours);
      expect(await knock(code), `after ${hours} hours`).toBe('in');
    }
    // The patient is away for longer than a day; the doctor, who has entered, is not.
    const entered = await host.call('POST', `/api/consultations/${consultationId}/enter`);
    const doctor = await joinBy(host.url, String(entered.body.data?.token));
    later(89 + 30);
    expect(await knock(code)).toBe('in');
    doctor.client.close();
  });

  test('that has expired is not shown any more; creating the consultation again gives a new one', async () => {
    const people = { consultationId: 'again-later', patientId: 'p', doctorId: 'd' };
    const { invitationUrl } = await host.createConsultation(people);
    later(49);
    const shown = await host.call('GET', '/api/consultations/again-later');
    expect(shown.body.data).not.toHaveProperty('invitation');
    const again = await host.createConsultation(people);
    expect(again.invitationUrl).not.toBe(invitationUrl);
    expect(await knock(codeOf(again.invitationUrl))).toBe('in');
  });
});

describe('an observer’s invitation', () => {
  const keyOf = (letter: string) => letter.repeat(32);

  test('is for one person, whose device brings them back under the same name, however often', async () => {
    const { consultationId } = await host.createConsultation();
    const code = await inviteTo(host, consultationId, { role: 'observer' });
    const come = (displayName: string, body: Record<string, unknown> = agreed) =>
      host.call('POST', `/api/invitations/${code}/redeem`, {
        body: { displayName, returnKey: keyOf('a'), ...body },
      });
    const first = await come('Lucía Gómez');
    expect(first.body.data).toMatchObject({ role: 'observer' });
    // An answer that was lost on its way is asked for again; and days later it is still her.
    for (const name of ['Lucía Gómez', 'Dr. House']) {
      const again = await come(name, {});
      expect(again.body.data).toMatchObject({
        identity: first.body.data?.identity,
        displayName: 'Lucía Gómez',
      });
    }
    expect((await list(consultationId)).find((one) => one.code === code)).toMatchObject({ uses: 1 });
    // The page greets before it knows who is there.
    expect((await host.call('GET', `/api/invitations/${code}`)).status).toBe(200);
  });

  test('lets no second person in: not with another key, none, somebody else’s token, or a key of another invitation', async () => {
    const { consultationId, patientToken, doctorToken } = await host.createConsultation();
    const code = await inviteTo(host, consultationId, { role: 'observer' });
    const other = await inviteTo(host, consultationId, { role: 'observer' });
    expect(await knock(code, { returnKey: keyOf('a') })).toBe('in');
    expect(await knock(other, { returnKey: keyOf('b') })).toBe('in');
    for (const body of [
      {},
      { returnKey: keyOf('c') },
      { returnKey: keyOf('b') },
      { returnKey: keyOf('A') },
      { returnKey: `${keyOf('a')}a` },
      { token: patientToken },
      { returnKey: keyOf('c'), token: doctorToken },
    ])
      expect(await knock(code, body), JSON.stringify(Object.keys(body))).toBe('INVITATION_USED_UP');
    for (const returnKey of ['', 'short', `${keyOf('a')}'--`, keyOf('%'), keyOf('a').repeat(5), null, 7])
      expect(await knock(code, { returnKey }), String(returnKey)).toBe('BAD_REQUEST');
  });

  test('many at once with one key are one person, and a patient’s key is of no use', async () => {
    const { consultationId, invitationUrl, patientId } = await host.createConsultation();
    const code = await inviteTo(host, consultationId, { role: 'observer', useLimit: 3 });
    const identities = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { body } = await host.call('POST', `/api/invitations/${code}/redeem`, {
          body: { displayName: 'Lucía', returnKey: keyOf('a'), ...agreed },
        });
        return String(body.data?.identity);
      }),
    );
    expect(new Set(identities).size).toBe(1);
    expect(identities).not.toContain(patientId);
    expect(await knock(codeOf(invitationUrl), { returnKey: keyOf('a') })).toBe('in');
    expect(await knock(code, { returnKey: keyOf('d') })).toBe('in');
  });

  test('brings nobody back who was sent away', async () => {
    const { consultationId, roomName } = await host.createConsultation();
    const code = await inviteTo(host, consultationId, { role: 'observer' });
    const { body } = await host.call('POST', `/api/invitations/${code}/redeem`, {
      body: { displayName: 'Lucía', returnKey: keyOf('a'), ...agreed },
    });
    await host.call('DELETE', `/api/rooms/${roomName}/participants/${body.data?.identity}`);
    expect(await knock(code, { returnKey: keyOf('a') })).toBe('INVITATION_REVOKED');
  });

  test('past its end brings back who came by it while somebody is there, and nobody else', async () => {
    const { consultationId, doctorToken } = await host.createConsultation();
    const expiresAt = new Date(morning.getTime() + hour).toISOString();
    const code = await inviteTo(host, consultationId, { role: 'observer', expiresAt, useLimit: 2 });
    expect(await knock(code, { returnKey: keyOf('a') })).toBe('in');
    later(1.5);
    expect(await knock(code, { returnKey: keyOf('a') })).toBe('INVITATION_EXPIRED');
    const { client } = await joinBy(host.url, doctorToken);
    expect(await knock(code, { returnKey: keyOf('a') })).toBe('in');
    expect(await knock(code, { returnKey: keyOf('b') })).toBe('INVITATION_EXPIRED');
    client.close();
  });

  test('lets exactly as many in as it is for, also when all come at once', async () => {
    const { consultationId } = await host.createConsultation();
    const code = await inviteTo(host, consultationId, { role: 'observer', useLimit: 3 });
    const knocks = await Promise.all(Array.from({ length: 10 }, () => knock(code)));
    expect(knocks.filter((answer) => answer === 'in')).toHaveLength(3);
    expect(knocks.filter((answer) => answer === 'INVITATION_USED_UP')).toHaveLength(7);
    expect((await list(consultationId)).find((one) => one.code === code)).toMatchObject({
      uses: 3,
      standing: 'used-up',
    });
  });

  test('ends when its maker said', async () => {
    const { consultationId } = await host.createConsultation();
    const expiresAt = new Date(morning.getTime() + 2 * hour).toISOString();
    const code = await inviteTo(host, consultationId, { role: 'observer', expiresAt });
    later(2.01);
    expect(await knock(code)).toBe('INVITATION_EXPIRED');
  });

  test.each([
    ['an end in the past', { role: 'observer', expiresAt: '2026-11-24T00:00:00Z' }],
    ['no place', { role: 'observer', useLimit: 0 }],
    ['a number of people for the one patient', { role: 'patient', useLimit: 2 }],
    ['the role of the doctor', { role: 'doctor' }],
  ])('cannot be made with %s', async (_what, wish) => {
    const { consultationId } = await host.createConsultation();
    const path = `/api/consultations/${consultationId}/invitations`;
    expect((await host.call('POST', path, { body: wish })).body.error?.code).toBe('BAD_REQUEST');
  });
});

describe('revoking', () => {
  test('ends an invitation at once, also for who knows it already; who is inside stays', async () => {
    const { consultationId, invitationUrl } = await host.createConsultation();
    const code = codeOf(invitationUrl);
    const patient = await redeem(host, code, 'Elena');
    const inside = await joinBy(host.url, patient.token);
    const revoked = await revoke(consultationId, code.toLowerCase());
    expect(revoked.body.data).toMatchObject({ code, standing: 'revoked', uses: 1 });
    expect(await knock(code)).toBe('INVITATION_REVOKED');
    expect(await knock(code, { token: patient.token })).toBe('INVITATION_REVOKED');
    expect(await inside.client.request('echo')).toEqual({});
    // Twice is not an error: two windows may do it.
    expect((await revoke(consultationId, code)).status).toBe(200);
    inside.client.close();
  });

  test('reaches only invitations of the consultation that it names', async () => {
    const mine = await host.createConsultation();
    const other = await host.createConsultation();
    const answer = await revoke(mine.consultationId, codeOf(other.invitationUrl));
    expect([answer.status, answer.body.error?.code]).toEqual([404, 'INVITATION_NOT_FOUND']);
    expect(await knock(codeOf(other.invitationUrl))).toBe('in');
  });

  test('and redeeming at the same time: whoever is refused has no token, whoever has one was before', async () => {
    const { consultationId } = await host.createConsultation();
    const code = await inviteTo(host, consultationId, { role: 'observer' });
    const [came, gone] = await Promise.all([knock(code), revoke(consultationId, code)]);
    expect(['in', 'INVITATION_REVOKED']).toContain(came);
    expect(gone.status).toBe(200);
    expect((await list(consultationId)).find((one) => one.code === code)?.uses).toBe(came === 'in' ? 1 : 0);
    expect(await knock(code)).toBe('INVITATION_REVOKED');
  });
});

describe('the terms', () => {
  test('are needed to come in by an invitation, once, and are written down with their version', async () => {
    const { consultationId, invitationUrl, patientId, patientToken } = await host.createConsultation();
    const code = codeOf(invitationUrl);
    const without = await host.call('POST', `/api/invitations/${code}/redeem`, {
      body: { displayName: 'Elena' },
    });
    expect([without.status, without.body.error]).toEqual([
      409,
      {
        code: 'TERMS_REQUIRED',
        message: expect.any(String),
        details: { termsVersion: consentVersions.terms },
      },
    ]);
    expect(await knock(code, { termsVersion: '1999-01' })).toBe('TERMS_REQUIRED');
    expect(await knock(code)).toBe('in');
    expect(await knock(code, { termsVersion: undefined })).toBe('in');
    const receipts = await host.call('GET', `/api/consultations/${consultationId}/consents`, {
      token: patientToken,
    });
    expect(receipts.body.data).toEqual([
      {
        number: expect.any(Number),
        purpose: 'terms',
        act: 'agreed',
        identity: patientId,
        version: consentVersions.terms,
        at: morning.toISOString(),
      },
    ]);
  });

  test('are not asked of those who come with a token of another system', async () => {
    const { patientToken } = await host.createConsultation();
    const { client, state } = await joinBy(host.url, patientToken);
    expect(state.self.state).toBe('waiting');
    client.close();
  });
});

test('guessing codes is stopped, says when to try again, and is logged without the code', async () => {
  const lines: string[] = [];
  const output = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  const guarded = await startTestHost({ LOG_LEVEL: 'warn', LOG_FORMAT: 'json' });
  try {
    const { invitationUrl } = await guarded.createConsultation();
    const codes = [...'23456789AB'].map((letter) => letter.repeat(6));
    for (const code of codes)
      expect((await guarded.call('GET', `/api/invitations/${code}`)).status).toBe(404);
    const refused = await guarded.call('GET', `/api/invitations/${codeOf(invitationUrl)}`);
    expect([refused.status, refused.body.error?.code]).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await vi.waitUntil(() => lines.filter((line) => line.includes('wrong invitation code')).length === 10);
    for (const code of codes) expect(lines.join('')).not.toContain(code);
  } finally {
    output.mockRestore();
    await closeTestHost(guarded);
  }
});

test('guessing from all the addresses that one computer has by IPv6 is guessing from one place', async () => {
  const proxied = await startTestHost({ TRUST_PROXY: 'on' });
  const guess = async (address: string) =>
    (await proxied.call('GET', '/api/invitations/222222', { headers: { 'x-forwarded-for': address } }))
      .status;
  try {
    for (let one = 1; one <= 10; one += 1) expect(await guess(`2001:db8:1:2:${one}::${one}`)).toBe(404);
    expect(await guess('2001:db8:1:2:ffff::1')).toBe(429);
    expect(await guess('2001:0db8:0001:0002::9')).toBe(429);
    expect(await guess('2001:db8:1:3::1')).toBe(404);
    expect(await guess('203.0.113.1')).toBe(404);
  } finally {
    await closeTestHost(proxied);
  }
});

test('a good invitation lets nobody fill the log: coming again and again is written down for so long, the terms once', async () => {
  const own = await startTestHost();
  try {
    const { invitationUrl, consultationId, patientToken } = await own.createConsultation();
    const come = async (code: string) => {
      const body = { displayName: 'Elena', termsVersion: consentVersions.terms };
      return (await own.call('POST', `/api/invitations/${code}/redeem`, { body })).status;
    };
    const answers: number[] = [];
    for (let round = 0; round < 40; round += 1)
      answers.push(...(await Promise.all(Array.from({ length: 10 }, () => come(codeOf(invitationUrl))))));
    expect(answers.filter((status) => status === 200)).toHaveLength(300);
    expect(answers.at(-1)).toBe(429);
    const { body } = await own.call('GET', `/api/consultations/${consultationId}/consents`, {
      token: patientToken,
    });
    expect(body.data).toHaveLength(1);
    const other = await own.createConsultation();
    expect(await come(codeOf(other.invitationUrl))).toBe(200);
  } finally {
    await closeTestHost(own);
  }
});
