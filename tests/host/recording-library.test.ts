/** The library of recordings by hand-made requests: ranges, rights, tickets, links, damage, holds and deletion. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LibraryStore } from '../../src/main/host/recordings/library/library-store.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import type { KeptRecording } from '../../src/shared/contract/recording-library.ts';
import { type KeptFile, keepRecording } from '../support/kept-recording.ts';
import {
  type CreatedConsultation,
  closeTestHost,
  inviteTo,
  redeem,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

let host: TestHost;
let own: CreatedConsultation;
let film: KeptFile;

beforeAll(async () => {
  host = await startTestHost();
  own = await host.createConsultation({ patientName: 'Elena Ruiz', doctorName: 'Dr. Martín Pérez' });
  film = await keepRecording(host.dataDir, own, randomBytes(300_000));
});
afterAll(() => closeTestHost(host));

const contentPath = ({ egressId }: KeptFile) => `/api/recordings/${egressId}/content`;

function get(address: string, headers: Record<string, string> = {}, method = 'GET') {
  return fetch(address.startsWith('http') ? address : host.url + address, { method, headers });
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

/** The data of an answer, or its error's code. */
async function ask(method: string, path: string, body?: unknown, token?: string, on = host) {
  const answer = await on.call(method, path, {
    ...(body === undefined ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  });
  return (answer.body.data ?? answer.body.error?.code) as unknown;
}

async function ticketFor({ egressId }: KeptFile, use = 'play', token?: string): Promise<string> {
  const data = (await ask('POST', `/api/recordings/${egressId}/ticket`, { use }, token)) as { url: string };
  return data.url;
}

async function another(change: Parameters<typeof keepRecording>[3] = {}, size = 1_000): Promise<KeptFile> {
  return keepRecording(host.dataDir, own, randomBytes(size), change);
}

async function eventsOf({ egressId }: KeptFile, on = host) {
  const { body } = await on.call('GET', '/api/audit?limit=500');
  const entries = (body.data as unknown as { entries: { event: string; target?: string }[] }).entries;
  return entries.filter(({ target }) => target === egressId);
}

describe('the content of a recording', () => {
  test('comes decrypted, whole or any range of it, with an entity tag', async () => {
    const { content } = film;
    const whole = await get(contentPath(film));
    expect(whole.status).toBe(200);
    expect((await bytesOf(whole)).equals(content)).toBe(true);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'video/webm',
      'content-length': String(content.length),
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    });
    const ranges: [string, number, number][] = [
      ['bytes=0-', 0, content.length],
      ['bytes=0-0', 0, 1],
      ['bytes=65535-65536', 65_535, 65_537],
      ['bytes=131072-', 131_072, content.length],
      ['bytes=-1', content.length - 1, content.length],
      ['bytes=-999999999', 0, content.length],
      ['bytes=299999-999999999', 299_999, content.length],
    ];
    for (const [range, from, to] of ranges) {
      const part = await get(contentPath(film), { range });
      expect(part.status, range).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${content.length}`);
      expect(part.headers.get('content-length')).toBe(String(to - from));
      expect((await bytesOf(part)).equals(content.subarray(from, to)), range).toBe(true);
    }
  });

  test('ranges behind its end are refused, and those that mean nothing are left out of account', async () => {
    for (const range of [`bytes=${film.content.length}-`, 'bytes=-0']) {
      const refused = await get(contentPath(film), { range });
      expect(refused.status, range).toBe(416);
      expect(refused.headers.get('content-range')).toBe(`bytes */${film.content.length}`);
    }
    for (const range of ['bytes=5-4', 'bytes=-', 'bytes=a-b', 'pages=1-2', 'bytes=0-1,4-5']) {
      const whole = await get(contentPath(film), { range });
      expect(whole.status, range).toBe(200);
      await whole.body?.cancel();
    }
  });

  test('HEAD says the same without a body, and If-Range asks for the whole when it has changed', async () => {
    const head = await get(contentPath(film), { range: 'bytes=10-19' }, 'HEAD');
    expect(head.status).toBe(206);
    expect(head.headers.get('content-length')).toBe('10');
    expect(await head.text()).toBe('');
    const tag = head.headers.get('etag') ?? '';
    const same = await get(contentPath(film), { range: 'bytes=10-19', 'if-range': tag });
    expect(same.status).toBe(206);
    expect((await bytesOf(same)).equals(film.content.subarray(10, 20))).toBe(true);
    const changed = await get(contentPath(film), { range: 'bytes=10-19', 'if-range': '"another"' });
    expect(changed.status).toBe(200);
    await changed.body?.cancel();
    expect((await get(contentPath(film), {}, 'DELETE')).status).toBe(405);
  });

  test('as it lies on the disk is what age opens', async () => {
    const encrypted = await get(`${contentPath(film)}?as=encrypted`);
    const bytes = await bytesOf(encrypted);
    expect(bytes.equals(await readFile(film.path))).toBe(true);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(film.sha256);
    expect(encrypted.headers.get('content-disposition')).toMatch(/^attachment; filename=".+\.webm\.age"$/);
    const { recordingIdentity } = JSON.parse(await readFile(join(host.dataDir, 'secrets.json'), 'utf8'));
    const key = join(host.dataDir, 'identity.txt');
    await writeFile(key, recordingIdentity);
    const plain = execFileSync('age', ['-d', '-i', key, film.path], { maxBuffer: 1e9 });
    expect(plain.equals(film.content)).toBe(true);
    expect((await get(`${contentPath(film)}?as=text`)).status).toBe(400);
  });

  test('is for who treats: nobody else gets it, whatever they show', async () => {
    const clinician = await host.pairDevice('clinician');
    const reception = await host.pairDevice('reception');
    const code = await inviteTo(host, own.consultationId, { role: 'observer' });
    const observer = await redeem(host, code, 'Somebody');
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const allowed = await get(contentPath(film), bearer(clinician.credential));
    expect(allowed.status).toBe(200);
    await allowed.body?.cancel();
    const others = [reception.credential, own.doctorToken, own.patientToken, observer.token];
    for (const token of others) {
      const refused = await get(contentPath(film), bearer(token));
      expect([refused.status, await codeOf(refused)]).toEqual([403, 'FORBIDDEN']);
      expect(await ask('GET', '/api/recording-library', undefined, token)).toBe('FORBIDDEN');
      expect(await ask('POST', `/api/recordings/${film.egressId}/ticket`, { use: 'play' }, token)).toBe(
        'FORBIDDEN',
      );
    }
    const unknown = await get(contentPath(film), bearer('something'));
    expect(unknown.status).toBe(401);
    const foreignPage = await get(contentPath(film), { origin: 'https://example.org' });
    expect(foreignPage.status).toBe(403);
  });

  test('that does not exist, or is still being made, is named so', async () => {
    const making = await another({ status: 'EGRESS_ACTIVE' });
    expect(await codeOf(await get(contentPath(making)))).toBe('RECORDING_NOT_FINISHED');
    expect(await codeOf(await get('/api/recordings/EG_nothing/content'))).toBe('RECORDING_NOT_FOUND');
    expect(await codeOf(await get('/api/recordings/..%2fclinic.db/content'))).toBe('RECORDING_NOT_FOUND');
    expect(await ask('DELETE', `/api/recordings/${making.egressId}`, { reason: 'x' })).toBe(
      'RECORDING_NOT_FINISHED',
    );
  });

  test('that was damaged is named with the place, before the answer or by breaking it off', async () => {
    const damaged = await another({}, 300_000);
    const bytes = await readFile(damaged.path);
    const header = bytes.length - 300_000 - 5 * 16;
    const second = header + 65_536 + 16;
    bytes.writeUInt8(bytes.readUInt8(second + 100) ^ 1, second + 100);
    await writeFile(damaged.path, bytes);
    const first = await get(contentPath(damaged), { range: 'bytes=0-65535' });
    expect((await bytesOf(first)).equals(damaged.content.subarray(0, 65_536))).toBe(true);
    const refused = await get(contentPath(damaged), { range: 'bytes=65536-70000' });
    expect(refused.status).toBe(500);
    expect(((await refused.json()) as { error: object }).error).toMatchObject({
      code: 'RECORDING_DAMAGED',
      details: { problem: 'damaged', chunk: 1, offset: second },
    });
    const broken = await get(contentPath(damaged));
    await expect(broken.arrayBuffer()).rejects.toThrow();
    expect(await ask('POST', `/api/recordings/${damaged.egressId}/check`)).toMatchObject({
      sound: false,
      fault: { problem: 'damaged', chunk: 1, offset: second },
    });
    expect(await ask('POST', `/api/recordings/${film.egressId}/check`)).toEqual({
      sound: true,
      sizeBytes: (await readFile(film.path)).length,
      sha256: film.sha256,
    });
    expect((await eventsOf(damaged)).map(({ event }) => event)).toContain('recording.damaged');
  });

  test('of another key is only given encrypted', async () => {
    const foreign = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const recipient = /age1\w+/.exec(foreign)?.[0] ?? '';
    const other = await another({ recipient });
    const refused = await get(contentPath(other));
    expect([refused.status, await codeOf(refused)]).toEqual([409, 'RECORDING_KEY_ABSENT']);
    expect((await get(`${contentPath(other)}?as=encrypted`)).status).toBe(200);
  });

  test('leaves its openings and exports in the audit log', async () => {
    const clinician = await host.pairDevice('clinician');
    const seen = await another();
    const ticket = await ticketFor(seen, 'play', clinician.credential);
    for (const range of ['bytes=0-9', 'bytes=10-19']) await (await get(ticket, { range })).arrayBuffer();
    await (await get(await ticketFor(seen, 'export'))).arrayBuffer();
    const events = await eventsOf(seen);
    expect(events.filter(({ event }) => event === 'recording.opened')).toEqual([
      expect.objectContaining({
        caller: { role: 'clinician', kind: 'device', id: clinician.deviceId },
        consultationId: own.consultationId,
      }),
    ]);
    expect(events.filter(({ event }) => event === 'recording.exported')).toHaveLength(1);
  });
});

describe('a ticket', () => {
  test('plays as often as its player asks, without any other credential', async () => {
    const address = await ticketFor(film);
    for (const range of ['bytes=0-99', 'bytes=200000-', 'bytes=-5']) {
      const part = await get(address, { range });
      expect(part.status).toBe(206);
      expect(part.headers.get('content-disposition')).toMatch(/^inline/);
      await part.arrayBuffer();
    }
    const saved = await get(await ticketFor(film, 'export'));
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment; filename=".+\.webm"$/);
    await saved.arrayBuffer();
  });

  test('is for one recording and one use, and no other text is one', async () => {
    const other = await another();
    const query = new URL(await ticketFor(film)).search;
    expect(await codeOf(await get(contentPath(other) + query))).toBe('TICKET_INVALID');
    for (const wrong of ['?ticket=', `?ticket=amr_${'A'.repeat(43)}`, '?ticket=__proto__'])
      expect(await codeOf(await get(contentPath(film) + wrong))).toBe('TICKET_INVALID');
    // What it was issued for counts, not what the address asks for.
    const played = await get(`${contentPath(film) + query}&as=encrypted`);
    expect((await bytesOf(played)).equals(film.content)).toBe(true);
  });

  test('ends when the right of its holder ends, also for what is on its way', async () => {
    const clinician = await host.pairDevice('clinician');
    const large = await another({}, 24 * 1024 * 1024);
    const address = await ticketFor(large, 'play', clinician.credential);
    const onItsWay = await get(address);
    const reader = onItsWay.body?.getReader();
    await reader?.read();
    expect((await host.call('DELETE', `/api/staff/devices/${clinician.deviceId}`)).status).toBe(200);
    expect(await codeOf(await get(address))).toBe('TICKET_INVALID');
    const rest = async () => {
      for (;;) if ((await reader?.read())?.done !== false) return;
    };
    await expect(rest()).rejects.toThrow();
  });
});

describe('the list', () => {
  test('finds by names without accents, by days and patients, page by page', async () => {
    const nunez = await host.createConsultation({ patientName: 'Íñigo Núñez', patientId: 'patient-nunez' });
    const day = (number: number) => new Date(Date.UTC(2020, 0, number, 12));
    const kept: string[] = [];
    for (const number of [1, 2, 3]) {
      const { egressId } = await keepRecording(host.dataDir, nunez, Buffer.from('x'), {
        startedAt: day(number),
      });
      kept.unshift(egressId);
    }
    const find = async (query: string) =>
      (await ask('GET', `/api/recording-library?${query}`)) as {
        recordings: KeptRecording[];
        nextCursor?: string;
        total: { count: number; sizeBytes: number };
      };
    const ids = async (query: string) => (await find(query)).recordings.map(({ egressId }) => egressId);
    expect(await ids('search=nunez%20inigo')).toEqual(kept);
    expect(await ids('search=nunez&from=2020-01-02T00:00:00Z&to=2020-01-03T00:00:00Z')).toEqual([kept[1]]);
    expect(await ids('patientId=patient-nunez')).toEqual(kept);
    expect(await ids('search=nobody%25')).toEqual([]);
    const first = await find('patientId=patient-nunez&limit=2');
    expect(first.recordings).toHaveLength(2);
    expect(await ids(`patientId=patient-nunez&limit=2&cursor=${first.nextCursor}`)).toEqual([kept[2]]);
    expect(await ask('GET', '/api/recording-library?cursor=nonsense')).toBe('BAD_REQUEST');
    expect(first.recordings[0]).toMatchObject({
      patientName: 'Íñigo Núñez',
      keeping: { rule: 'clinic' },
      links: 0,
      durationMs: 10_000,
    });
    expect(first.total.count).toBeGreaterThan(3);
  });
});

describe('deleting', () => {
  const remove = ({ egressId }: KeptFile, token?: string) =>
    ask('DELETE', `/api/recordings/${egressId}`, { reason: 'The patient asked for it' }, token);
  const hold = ({ egressId }: KeptFile) =>
    ask('PUT', `/api/recordings/${egressId}/hold`, { reason: 'A court asks for it' });

  test('leaves a tombstone with the hash, and nothing that opens', async () => {
    const gone = await another();
    const ticket = await ticketFor(gone);
    expect(await remove(gone)).toMatchObject({
      egressId: gone.egressId,
      deleted: { as: 'asked', reason: 'The patient asked for it' },
    });
    expect(existsSync(gone.path)).toBe(false);
    expect(await codeOf(await get(contentPath(gone)))).toBe('RECORDING_DELETED');
    expect(await codeOf(await get(ticket))).toBe('RECORDING_DELETED');
    expect(await remove(gone)).toBe('RECORDING_DELETED');
    expect(await hold(gone)).toBe('RECORDING_DELETED');
    const list = (await ask('GET', '/api/recording-library?filter=deleted')) as {
      recordings: KeptRecording[];
    };
    expect(list.recordings.find(({ egressId }) => egressId === gone.egressId)).toMatchObject({
      sha256: gone.sha256,
    });
    const shredded = (await eventsOf(gone)).find(({ event }) => event === 'recording.shredded');
    expect(shredded).toMatchObject({ detail: `sha256:${gone.sha256}`, caller: { role: 'host' } });
  });

  test('needs a reason, and the rights of the clinic', async () => {
    const kept = await another();
    const clinician = await host.pairDevice('clinician');
    expect(await remove(kept, clinician.credential)).toBe('FORBIDDEN');
    expect(await ask('DELETE', `/api/recordings/${kept.egressId}`, { reason: ' ' })).toBe('BAD_REQUEST');
    expect(await ask('DELETE', `/api/recordings/${kept.egressId}`)).toBe('BAD_REQUEST');
    expect(existsSync(kept.path)).toBe(true);
  });

  test('waits while a recording is held, and goes on when the hold is lifted', async () => {
    const held = await another();
    expect(await hold(held)).toMatchObject({ hold: { reason: 'A court asks for it' } });
    expect(await remove(held)).toBe('RECORDING_HELD');
    const clinician = await host.pairDevice('clinician');
    const lift = (token?: string) =>
      ask('DELETE', `/api/recordings/${held.egressId}/hold`, { reason: 'It is over' }, token);
    expect(await lift(clinician.credential)).toBe('FORBIDDEN');
    expect(await lift()).not.toHaveProperty('hold');
    expect(await remove(held)).toHaveProperty('deleted');
  });

  test('and holding at the same moment end as one or the other, never as both', async () => {
    const ends = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const both = await another();
      const order = round % 2 === 0 ? [hold, remove] : [remove, hold];
      await Promise.all(order.map((act) => act(both)));
      const list = async (filter: string) =>
        (
          (await ask('GET', `/api/recording-library?limit=200&filter=${filter}`)) as {
            recordings: KeptRecording[];
          }
        ).recordings.some(({ egressId }) => egressId === both.egressId);
      const [isHeld, isDeleted] = await Promise.all([list('held'), list('deleted')]);
      expect(isHeld !== isDeleted).toBe(true);
      expect(existsSync(both.path)).toBe(isHeld);
      ends.add(isHeld ? 'held' : 'deleted');
    }
    expect(ends.size).toBeGreaterThan(0);
  });
});

describe('retention', () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * 60_000);

  test('deletes what is older than the clinic keeps, and neither what is held nor what is kept longer', async () => {
    const clinic = await startTestHost();
    const consultation = await clinic.createConsultation();
    const keep = (days: number) =>
      keepRecording(clinic.dataDir, consultation, randomBytes(500), { startedAt: daysAgo(days) });
    const [old, young, held, forever, until, short] = [
      await keep(40),
      await keep(20),
      await keep(40),
      await keep(40),
      await keep(40),
      await keep(20),
    ];
    const put = ({ egressId }: KeptFile, what: string, body: unknown) =>
      ask('PUT', `/api/recordings/${egressId}/${what}`, body, undefined, clinic);
    await put(held, 'hold', { reason: 'A court asks for it' });
    await put(forever, 'retention', { keeping: { rule: 'forever' } });
    await put(until, 'retention', {
      keeping: { rule: 'until', until: '2199-01-01T00:00:00-03:00' },
    });
    await put(short, 'retention', { keeping: { rule: 'until', until: daysAgo(1).toISOString() } });
    await clinic.close();

    const again = await startTestHost({ DATA_DIR: clinic.dataDir, RECORDING_RETENTION_DAYS: '30' });
    const left = [old, young, held, forever, until, short].map(({ path }) => existsSync(path));
    expect(left).toEqual([false, true, true, true, true, false]);
    expect((await eventsOf(old, again)).map(({ event }) => event)).toEqual([
      'recording.shredded',
      'recording.expired',
    ]);
    const { recordings } = (await ask('GET', '/api/recording-library', undefined, undefined, again)) as {
      recordings: KeptRecording[];
    };
    const deletesAt = Object.fromEntries(recordings.map((one) => [one.egressId, one.deletesAt]));
    expect(deletesAt).toMatchObject({
      [young.egressId]: expect.stringMatching(/^20/),
      [until.egressId]: '2199-01-01T03:00:00.000Z',
    });
    expect(deletesAt[held.egressId]).toBeUndefined();
    expect(deletesAt[forever.egressId]).toBeUndefined();
    await closeTestHost(again);
  });

  test('yields to a hold that is put between looking and deleting', async () => {
    const clinic = await startTestHost();
    const consultation = await clinic.createConsultation();
    const between = await keepRecording(clinic.dataDir, consultation, randomBytes(500), {
      startedAt: daysAgo(40),
    });
    await clinic.close();
    const database = await openDatabase(
      join(clinic.dataDir, 'clinic.db'),
      loadSecrets(clinic.dataDir).secrets.databaseKey,
    );
    const store = new LibraryStore(database, new GroupCommit(database), () => Date.now());
    const clock = { as: 'retention', retentionDays: 30, caller: { role: 'host' } } as const;
    const person = { caller: { role: 'admin' }, reason: 'A court asks for it' } as const;
    expect(await store.due(30)).toEqual([between.egressId]);
    // Both asked for in the same moment, in either order: the one that is decided first stands.
    const [held, clocked] = await Promise.all([
      store.hold(between.egressId, person),
      store.decideDeletion(between.egressId, clock),
    ]);
    expect([held, clocked]).toEqual([expect.objectContaining({ hold: expect.any(Object) }), 'held']);
    expect(await store.due(30)).toEqual([]);
    await store.release(between.egressId, person);
    expect(await store.decideDeletion(between.egressId, { ...clock, retentionDays: 50 })).toBe('not-due');
    const [first, second] = await Promise.all([
      store.decideDeletion(between.egressId, clock),
      store.hold(between.egressId, person),
    ]);
    expect([first, second]).toEqual([expect.objectContaining({ deleted: expect.any(Object) }), 'deleted']);
    expect((await store.decisions(between.egressId)).map(({ act }) => act)).toEqual([
      'hold',
      'release',
      'expire',
    ]);
    await expect(database.deleteFrom('recording_decisions').execute()).rejects.toThrow('only added');
    await database.destroy();
    await rm(clinic.dataDir, { recursive: true, force: true });
  });

  test('what was decided before a crash is carried out at the next start', async () => {
    const clinic = await startTestHost();
    const consultation = await clinic.createConsultation();
    const decided = await keepRecording(clinic.dataDir, consultation, randomBytes(500));
    const copy = await readFile(decided.path);
    await ask('DELETE', `/api/recordings/${decided.egressId}`, { reason: 'x' }, undefined, clinic);
    await clinic.close();
    // As if it had been killed after the decision.
    await writeFile(decided.path, copy);
    const database = await openDatabase(
      join(clinic.dataDir, 'clinic.db'),
      loadSecrets(clinic.dataDir).secrets.databaseKey,
    );
    await database.updateTable('recording_keeping').set({ shredded_at: null }).execute();
    await database.destroy();
    const again = await startTestHost({ DATA_DIR: clinic.dataDir });
    expect(existsSync(decided.path)).toBe(false);
    await closeTestHost(again);
  });
});

test('what the disk does not let go keeps neither the host nor the others from going on, and goes once it can', async () => {
  const clinic = await startTestHost();
  const consultation = await clinic.createConsultation();
  const [stuck, decided] = [
    await keepRecording(clinic.dataDir, consultation, randomBytes(500)),
    await keepRecording(clinic.dataDir, consultation, randomBytes(500)),
  ];
  const copies = [await readFile(stuck.path), await readFile(decided.path)] as const;
  // No file can be opened there.
  await rm(stuck.path);
  await mkdir(stuck.path);
  const remove = ({ egressId }: KeptFile) =>
    ask('DELETE', `/api/recordings/${egressId}`, { reason: 'x' }, undefined, clinic);
  expect(await remove(stuck)).toBe('INTERNAL_ERROR');
  await remove(decided);
  await clinic.close();
  await writeFile(decided.path, copies[1]);
  const database = await openDatabase(
    join(clinic.dataDir, 'clinic.db'),
    loadSecrets(clinic.dataDir).secrets.databaseKey,
  );
  await database.updateTable('recording_keeping').set({ shredded_at: null }).execute();
  await database.destroy();

  const stuckStill = await startTestHost({ DATA_DIR: clinic.dataDir });
  expect(existsSync(decided.path)).toBe(false);
  await stuckStill.close();
  await rm(stuck.path, { recursive: true });
  await writeFile(stuck.path, copies[0]);
  const again = await startTestHost({ DATA_DIR: clinic.dataDir });
  expect(existsSync(stuck.path)).toBe(false);
  expect((await eventsOf(stuck, again)).map(({ event }) => event)).toContain('recording.shredded');
  await closeTestHost(again);
});

describe('a link for the patient', () => {
  const share = async (file: KeptFile, hours = 1, token?: string) =>
    (await ask('POST', `/api/recordings/${file.egressId}/links`, { hours }, token)) as {
      url: string;
      linkId: string;
    };
  const openLink = (url: string) =>
    ask('POST', '/api/recording-links/open', { token: new URL(url).hash.slice(1) }, undefined);
  const allow = (sharing: boolean) => ask('PATCH', '/api/recording-rules', { sharing });

  test('is made only where the clinic shares', async () => {
    expect(await ask('GET', '/api/recording-rules')).toEqual({ sharing: false, readable: true });
    expect(await share(film)).toBe('RECORDING_SHARING_OFF');
    expect(await allow(true)).toMatchObject({ sharing: true });
  });

  test('plays that one recording, is counted and recorded, and says no more than it must', async () => {
    const shared = await another();
    const { url, linkId } = await share(shared);
    expect(new URL(url).pathname).toBe('/recording');
    const opened = (await openLink(url)) as { url: string };
    expect(Object.keys(opened).sort()).toEqual(
      ['clinicName', 'durationMs', 'expiresAt', 'linkExpiresAt', 'startedAt', 'url'].sort(),
    );
    const played = await get(opened.url);
    expect((await bytesOf(played)).equals(shared.content)).toBe(true);
    expect(played.headers.get('content-disposition')).toMatch(/^inline/);
    const { search } = new URL(opened.url);
    expect(await codeOf(await get(contentPath(film) + search))).toBe('TICKET_INVALID');
    const [link] = (await ask('GET', `/api/recordings/${shared.egressId}/links`)) as object[];
    expect(link).toMatchObject({ linkId, opened: 1, lastOpenedAt: expect.any(String) });
    expect(JSON.stringify(link)).not.toContain(new URL(url).hash.slice(1));
    expect(await eventsOf(shared)).toContainEqual(
      expect.objectContaining({
        event: 'recording.open-link',
        consultationId: own.consultationId,
        outcome: 'ok',
      }),
    );
  });

  test('ends when it is revoked, when sharing ends, and when the recording goes', async () => {
    const shared = await another({}, 24 * 1024 * 1024);
    const revoked = await share(shared);
    const opened = (await openLink(revoked.url)) as { url: string };
    const onItsWay = await get(opened.url);
    const reader = onItsWay.body?.getReader();
    await reader?.read();
    const foreign = await ask('DELETE', `/api/recordings/${film.egressId}/links/${revoked.linkId}`);
    expect(foreign).toBe('RECORDING_LINK_NOT_FOUND');
    await ask('DELETE', `/api/recordings/${shared.egressId}/links/${revoked.linkId}`);
    expect(await openLink(revoked.url)).toBe('RECORDING_LINK_OVER');
    expect(await codeOf(await get(opened.url))).toBe('RECORDING_LINK_OVER');
    const rest = async () => {
      for (;;) if ((await reader?.read())?.done !== false) return;
    };
    await expect(rest()).rejects.toThrow();

    const second = await share(shared);
    await allow(false);
    await allow(true);
    expect(await openLink(second.url)).toBe('RECORDING_LINK_OVER');

    const third = await share(shared);
    const last = (await openLink(third.url)) as { url: string };
    await ask('DELETE', `/api/recordings/${shared.egressId}`, { reason: 'x' });
    expect(await openLink(third.url)).toBe('RECORDING_LINK_OVER');
    expect(await codeOf(await get(last.url))).not.toBe(undefined);
  });

  test('cannot be guessed: who tries is shut out', async () => {
    const clinic = await startTestHost();
    const codes: unknown[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      const token = attempt === 0 ? 'x' : randomBytes(32).toString('base64url');
      codes.push(await ask('POST', '/api/recording-links/open', { token }, undefined, clinic));
    }
    expect(codes.slice(0, 10)).toEqual(Array(10).fill('RECORDING_LINK_NOT_FOUND'));
    expect(codes.slice(10)).toEqual(['TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS']);
    await closeTestHost(clinic);
  });
});

test('a host that can only write gives out what is encrypted, and nothing else', async () => {
  const keys = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const recipient = /age1\w+/.exec(keys)?.[0] ?? '';
  const identity = /AGE-SECRET-KEY-1\w+/.exec(keys)?.[0] ?? '';
  const clinic = await startTestHost({ RECORDING_RECIPIENT: recipient });
  const consultation = await clinic.createConsultation();
  const sealed = await keepRecording(clinic.dataDir, consultation, randomBytes(5_000), { recipient });
  const at = (path: string) => `${clinic.url}/api/recordings/${sealed.egressId}${path}`;
  expect(await ask('GET', '/api/recording-rules', undefined, undefined, clinic)).toMatchObject({
    readable: false,
  });
  expect(await codeOf(await get(at('/content')))).toBe('RECORDING_KEY_ABSENT');
  const asked = (path: string, body: unknown) =>
    ask('POST', `/api/recordings/${sealed.egressId}${path}`, body, undefined, clinic);
  expect(await asked('/ticket', { use: 'play' })).toBe('RECORDING_KEY_ABSENT');
  expect(await asked('/links', { hours: 1 })).toBe('RECORDING_KEY_ABSENT');
  expect(await asked('/check', undefined)).toMatchObject({ sound: true, sha256: sealed.sha256 });
  const { url } = (await asked('/ticket', { use: 'encrypted' })) as { url: string };
  const file = join(clinic.dataDir, 'exported.age');
  await writeFile(file, await bytesOf(await get(url)));
  const key = join(clinic.dataDir, 'key.txt');
  await writeFile(key, identity);
  expect(execFileSync('age', ['-d', '-i', key, file]).equals(sealed.content)).toBe(true);
  await closeTestHost(clinic);
});
