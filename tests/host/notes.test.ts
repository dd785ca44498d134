/** Clinical notes: never lost, never overwritten unseen, never read by who does not treat. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import type { Note, NoteEntry } from '../../src/shared/contract/notes.ts';
import {
  type CreatedConsultation,
  closeTestHost,
  HandMadeClient,
  type PairedDevice,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

const apiKey = 'a-key-of-the-clinic-for-tests';
let host: TestHost;
let consultation: CreatedConsultation;
let clinician: PairedDevice;
let reception: PairedDevice;

beforeAll(async () => {
  host = await startTestHost({ API_KEY: apiKey });
  clinician = await host.pairDevice('clinician');
  reception = await host.pairDevice('reception');
});
afterAll(() => closeTestHost(host));
beforeEach(async () => {
  consultation = await host.createConsultation({ doctorName: 'Dra. Paz' });
});

const path = (rest = '', { consultationId } = consultation) =>
  `/api/consultations/${consultationId}/notes${rest}`;

async function save(text: string, basedOn: number, editor = 'window-1', token = apiKey) {
  const { status, body } = await host.call('POST', path(), { token, body: { text, basedOn, editor } });
  return { status, note: body.data as unknown as Note, error: body.error };
}

async function read(token = apiKey): Promise<Note> {
  const { status, body } = await host.call('GET', path(), { token });
  expect(status).toBe(200);
  return body.data as unknown as Note;
}

async function history(): Promise<NoteEntry[]> {
  const { body } = await host.call('GET', path('/versions'), { token: apiKey });
  return body.data as unknown as NoteEntry[];
}

async function textOf(version: number): Promise<string> {
  const { body } = await host.call('GET', path(`/versions/${version}`), { token: apiKey });
  return (body.data as unknown as Note).text;
}

async function observerToken(): Promise<string> {
  const invited = await host.call('POST', `/api/consultations/${consultation.consultationId}/invitations`, {
    token: apiKey,
    body: { role: 'observer' },
  });
  const redeemed = await host.call('POST', `/api/invitations/${String(invited.body.data?.code)}/redeem`, {
    body: { displayName: 'Someone', termsVersion: consentVersions.terms },
  });
  return String(redeemed.body.data?.token);
}

describe('saving', () => {
  it('begins with nothing and keeps what is written, with its author and time', async () => {
    expect(await read()).toEqual({ version: 0, text: '' });
    const { note } = await save('Cefalea desde ayer.', 0, 'window-1', consultation.doctorToken);
    expect(note).toMatchObject({
      version: 1,
      text: 'Cefalea desde ayer.',
      author: { role: 'doctor', id: consultation.doctorId, name: 'Dra. Paz' },
    });
    expect(Date.now() - Date.parse(note.savedAt ?? '')).toBeLessThan(10_000);
    expect(await read(clinician.credential)).toEqual(note);
  });

  it('keeps any text exactly as it was written', async () => {
    const text = "<img src=x onerror=alert(1)>\n'; drop table note_versions; --\r\n\tñandú 🩺 \u202eabc";
    await save(text, 0);
    expect((await read()).text).toBe(text);
  });

  it('leaves out a NUL, at which the database would end the text', async () => {
    await save('antes\u0000después', 0);
    expect((await read()).text).toBe('antesdespués');
  });

  it('counts the same text again, and a save whose answer was lost, as saved', async () => {
    const first = await save('Uno', 0);
    expect((await save('Uno', 0)).note).toEqual(first.note);
    // The window never heard of version 1 and goes on writing.
    expect(await save('Uno y dos', 0)).toMatchObject({ status: 200, note: { version: 2 } });
    expect((await read()).text).toBe('Uno y dos');
  });

  it('goes on after the consultation was closed', async () => {
    await host.call('POST', `/api/consultations/${consultation.consultationId}/close`, {
      token: apiKey,
      body: {},
    });
    expect((await save('Últimas palabras', 0, 'window-1', consultation.doctorToken)).status).toBe(200);
  });

  it('refuses more than ten pages, and a consultation that is not there', async () => {
    expect((await save('a'.repeat(20_001), 0)).error?.code).toBe('BAD_REQUEST');
    const elsewhere = path('', { ...consultation, consultationId: 'nowhere' });
    const { body } = await host.call('GET', elsewhere, { token: apiKey });
    expect(body.error?.code).toBe('CONSULTATION_NOT_FOUND');
    const missing = await host.call('GET', path('/versions/9'), { token: apiKey });
    expect(missing.body.error?.code).toBe('NOTE_VERSION_NOT_FOUND');
  });
});

describe('two windows', () => {
  it('learn of each other, and both texts are kept', async () => {
    await save('Cefalea.', 0, 'window-1');
    expect((await save('Cefalea. Sin fiebre.', 1, 'window-1')).note.version).toBe(2);
    const late = await save('Cefalea. Alergia a la penicilina.', 1, 'window-2');
    expect(late).toMatchObject({
      status: 409,
      error: {
        code: 'NOTES_CONFLICT',
        details: { current: { version: 2, text: 'Cefalea. Sin fiebre.' }, keptAs: 3 },
      },
    });
    expect((await read()).text).toBe('Cefalea. Sin fiebre.');
    expect(await textOf(3)).toBe('Cefalea. Alergia a la penicilina.');
    expect((await history()).map(({ version, aside }) => [version, aside])).toEqual([
      [3, true],
      [2, false],
    ]);
  });

  it('leave one text aside each, however long the conflict lasts, and the merged one stands', async () => {
    await save('A', 0, 'window-1');
    for (const text of ['B', 'Bc', 'Bcd']) expect((await save(text, 0, 'window-2')).status).toBe(409);
    expect(await history()).toHaveLength(2);
    expect(await textOf(2)).toBe('Bcd');
    expect((await save('A\nBcd', 1, 'window-2')).note).toMatchObject({ version: 3, text: 'A\nBcd' });
    expect((await save('A!', 1, 'window-1')).status).toBe(409);
  });

  it('lose nothing, in whichever order twenty saves of four windows arrive', async () => {
    const texts = Array.from(
      { length: 20 },
      (_, number) => `Texto número ${number}, con algo propio ${number * 7}`,
    );
    let version = 0;
    await Promise.all(
      texts.map(async (text, number) => {
        const { note } = await save(text, version, `window-${number}`);
        version = note?.version ?? version;
      }),
    );
    const versions = await history();
    const kept = await Promise.all(versions.map((entry) => textOf(entry.version)));
    expect(kept.sort()).toEqual([...texts].sort());
    expect(new Set(versions.map((entry) => entry.version)).size).toBe(20);
  });

  it('is a conflict when the clinic went back to an earlier day and a window still has the later text', async () => {
    await save('Lo restaurado', 0);
    expect(await save('Lo de la ventana', 40, 'window-1')).toMatchObject({
      status: 409,
      error: { details: { keptAs: 2 } },
    });
  });
});

describe('the history', () => {
  it('has one version for what is typed within a minute, and another for what takes something away', async () => {
    let version = 0;
    const type = async (text: string) => {
      version = (await save(text, version)).note.version;
    };
    for (const text of ['Cef', 'Cefalea', 'Cefaléa', 'Cefaléa desde ayer']) await type(text);
    expect(await history()).toHaveLength(1);
    await type('Todo de nuevo, con otras palabras y mucho después');
    await type('Todo');
    const entries = await history();
    expect(entries).toHaveLength(3);
    expect(await Promise.all(entries.map((entry) => textOf(entry.version)))).toEqual([
      'Todo',
      'Todo de nuevo, con otras palabras y mucho después',
      'Cefaléa desde ayer',
    ]);
    expect(entries[1]).toMatchObject({ length: 49, aside: false, author: { role: 'admin' } });
  });

  it('has a new version each minute of typing', async () => {
    const start = Date.parse('2026-01-01T10:00:00Z');
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    try {
      let text = '';
      let version = 0;
      for (let second = 0; second < 180; second += 10) {
        vi.setSystemTime(start + second * 1_000);
        text += 'palabra ';
        version = (await save(text, version)).note.version;
      }
      expect((await history()).map(({ savedAt }) => savedAt.slice(14, 19))).toEqual([
        '02:50',
        '01:50',
        '00:50',
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not grown by another window', async () => {
    await save('Uno', 0, 'window-1');
    await save('Uno y dos', 1, 'window-2');
    expect(await history()).toHaveLength(2);
  });
});

describe('nobody else comes to the notes', () => {
  const secret = 'Sospecha de embarazo';

  it('by any operation of theirs, with any credential they have', async () => {
    await save(secret, 0);
    const foreign = await host.createConsultation();
    const credentials: [string, string | undefined, string][] = [
      ['reception', reception.credential, 'FORBIDDEN'],
      ['patient', consultation.patientToken, 'FORBIDDEN'],
      ['observer', await observerToken(), 'FORBIDDEN'],
      ['the doctor of another consultation', foreign.doctorToken, 'FORBIDDEN'],
      ['nobody', undefined, 'UNAUTHENTICATED'],
    ];
    const requests: [string, string, unknown?][] = [
      ['GET', path()],
      ['GET', path('/versions')],
      ['GET', path('/versions/1')],
      ['POST', path(), { text: 'Otra cosa', basedOn: 1, editor: 'window-9' }],
      ['POST', path(), { text: 'Otra cosa', basedOn: 0, editor: 'window-1' }],
    ];
    for (const [who, token, code] of credentials) {
      for (const [method, address, body] of requests) {
        const answer = await host.call(method, address, {
          ...(token === undefined ? {} : { token }),
          ...(body === undefined ? {} : { body }),
        });
        expect([who, method, address, answer.body.error?.code]).toEqual([who, method, address, code]);
        expect(JSON.stringify(answer.body)).not.toContain(secret);
      }
    }
    expect(await read()).toMatchObject({ version: 1, text: secret });
  });

  it('by the consultation, its lists, its statistics or its room', async () => {
    await save(secret, 0);
    const { consultationId, roomName } = consultation;
    for (const address of [
      `/api/consultations/${consultationId}`,
      '/api/consultations',
      '/api/waiting-room',
      '/api/rooms/active',
      `/api/rooms/${roomName}/stats`,
      '/health',
    ]) {
      const { body } = await host.call('GET', address, { token: apiKey });
      expect(JSON.stringify(body)).not.toContain(secret);
    }
    const client = await new HandMadeClient(host.url, consultation.patientToken).connected();
    const answers = [await client.send('join', {})];
    for (const name of ['notes', 'notes.get', 'note'])
      answers.push(await client.send(name, { consultationId }));
    await save(`${secret}, a confirmar`, 1);
    expect(JSON.stringify([answers, client.events])).not.toContain(secret);
    client.close();
  });

  it('a removed doctor is refused at once', async () => {
    await save(secret, 0);
    const { roomName, doctorId, doctorToken } = consultation;
    await host.call('DELETE', `/api/rooms/${roomName}/participants/${doctorId}`, { token: apiKey });
    const { body } = await host.call('GET', path(), { token: doctorToken });
    expect(body.error?.code).toBe('REMOVED');
  });
});
