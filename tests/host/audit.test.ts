/** The audit log: nothing without an entry, nothing in it that must not be there, and every change to it found from the exported file alone. */
import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import canonicalize from 'canonicalize';
import { nanoid } from 'nanoid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyExport } from '../../src/main/host/audit/offline.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';
import type { AuditEntry, AuditVerdict } from '../../src/shared/contract/audit.ts';
import { Chance } from '../support/chance.ts';
import { type KillableHost, startHostProcess } from '../support/killable-host.ts';
import { closeTestHost, joinBy, redeem, startTestHost, type TestHost } from '../support/test-host.ts';

const program = fileURLToPath(new URL('../../src/main/headless.ts', import.meta.url));

let folder: string;
let host: TestHost;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-audit-'));
  host = await startTestHost();
});
afterEach(async () => {
  await closeTestHost(host);
  await rm(folder, { recursive: true, force: true });
});

type Caller = Pick<TestHost, 'call'>;

async function entries(query = '', on: Caller = host): Promise<AuditEntry[]> {
  const { status, body } = await on.call('GET', `/api/audit?limit=500${query}`);
  expect(status).toBe(200);
  return (body.data as unknown as { entries: AuditEntry[] }).entries;
}

async function verify(on: Caller = host): Promise<AuditVerdict & { publicKey: string }> {
  const { status, body } = await on.call('POST', '/api/audit/verify');
  expect(status).toBe(200);
  return body.data as unknown as AuditVerdict & { publicKey: string };
}

async function exported(on: Caller = host): Promise<{ lines: string[]; publicKey: string }> {
  const lines: string[] = [];
  let query = '';
  for (;;) {
    const { body } = await on.call('GET', `/api/audit/export${query}`);
    const part = body.data as unknown as {
      text: string;
      publicKey: string;
      next?: { after: number; until: number };
    };
    lines.push(...part.text.split('\n').slice(0, -1));
    if (part.next === undefined) return { lines, publicKey: part.publicKey };
    query = `?after=${part.next.after}&until=${part.next.until}`;
  }
}

/** The real command, in a process of its own, with nothing of the clinic in its reach. */
async function verifyOffline(
  content: string | Buffer,
  key?: string,
): Promise<{ code: number | null; output: string }> {
  const file = join(folder, 'export.jsonl');
  await writeFile(file, content);
  const parameters = ['audit', 'verify', file, ...(key === undefined ? [] : ['--key', key])];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...parameters], {
    env: { PATH: process.env.PATH, DATA_DIR: join(folder, 'nothing') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The same in this process: quicker, for the many ways of one kind. */
async function verdictOf(content: string | Buffer, key: string): Promise<AuditVerdict> {
  const file = join(folder, 'tried.jsonl');
  await writeFile(file, content);
  return verifyExport(file, key);
}

const asFile = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
const opening = '{"entry":';
const isEntry = (line: string) => line.startsWith(opening);

describe('what is recorded', () => {
  it('has an entry for each change, refusal and read, with who and to whom', async () => {
    const consultation = await host.createConsultation();
    const { consultationId, patientId, doctorToken, patientToken } = consultation;
    await host.call('POST', `/api/consultations/${consultationId}/close`, { token: patientToken });
    const device = await host.pairDevice('clinician');
    await host.call('GET', `/api/consultations/${consultationId}/notes`, { token: device.credential });
    const { client } = await joinBy(host.url, doctorToken, {
      media: { microphone: true, camera: true, screen: false },
    });
    await client.request('message', { id: nanoid(), text: 'Un secreto' });
    await client.request('leave');
    client.close();
    await host.call('DELETE', `/api/rooms/consultation-${consultationId}/participants/${patientId}`);
    const own = (await entries(`&consultationId=${consultationId}`)).reverse();
    expect(own.map(({ event, outcome }) => `${event} ${outcome}`)).toEqual(
      expect.arrayContaining([
        'consultation.create ok',
        'consultation.close FORBIDDEN',
        'note.get ok',
        'room.opened ok',
        'participant.joined ok',
        'media.started ok',
        'message.send ok',
        'participant.left ok',
        'room.remove-participant ok',
      ]),
    );
    const by = (event: string) => own.find((entry) => entry.event === event);
    expect(by('note.get')?.caller).toEqual({ role: 'clinician', kind: 'device', id: device.deviceId });
    expect(by('consultation.close')?.caller).toMatchObject({ role: 'patient', id: patientId });
    expect(by('room.remove-participant')).toMatchObject({ target: patientId, caller: { role: 'admin' } });
    expect(own.filter(({ event }) => event === 'media.started').map(({ target }) => target)).toEqual([
      'microphone',
      'camera',
    ]);
    const pairing = (await entries('&operation=staff.pair'))[0];
    expect(pairing).toMatchObject({ caller: { role: 'admin' }, target: device.deviceId, outcome: 'ok' });
    expect(await verify()).toMatchObject({ sound: true });
  });

  it('knows which consultation an invitation led to, and not the code', async () => {
    const { consultationId, patientId, invitationUrl } = await host.createConsultation();
    const code = invitationUrl.split('/').at(-1) ?? '';
    await redeem(host, code, 'Rosa Benítez');
    const [entry] = await entries('&operation=invitation.redeem');
    expect(entry).toMatchObject({ consultationId, target: patientId, outcome: 'ok' });
    expect(JSON.stringify(await exported())).not.toContain(code);
  });

  it('holds no name, message, note or credential', async () => {
    const secrets = ['Rosa Benítez', 'Un secreto en el chat', 'Dolor de cabeza', 'Notebook de la doctora'];
    const [name = '', text = '', note = '', deviceName = ''] = secrets;
    const { consultationId, doctorToken } = await host.createConsultation({ patientName: name });
    const { code } = await host.makePairingCode('clinician');
    const paired = await host.call('POST', '/api/staff/pair', { body: { code, deviceName } });
    await host.call('POST', `/api/consultations/${consultationId}/notes`, {
      body: { consultationId, text: note, basedOn: 0, editor: 'window-1' },
    });
    await host.call('GET', `/api/agenda?search=${encodeURIComponent(name)}`);
    const { client } = await joinBy(host.url, doctorToken);
    await client.request('message', { id: nanoid(), text });
    client.close();
    const all = asFile((await exported()).lines);
    for (const secret of [...secrets, code, doctorToken, String(paired.body.data?.credential)]) {
      expect(all).not.toContain(secret);
    }
  });

  it('takes nothing from an input that is no id', async () => {
    await host.call('GET', `/api/consultations/${encodeURIComponent('Rosa Benítez <b>')}`);
    const all = asFile((await exported()).lines);
    expect(all).toContain('"outcome":"BAD_REQUEST"');
    expect(all).not.toContain('Rosa');
  });

  it('counts who is refused again and again, and records what windows ask once', async () => {
    const { consultationId, patientToken } = await host.createConsultation();
    for (let time = 0; time < 20; time += 1) {
      await host.call('POST', `/api/consultations/${consultationId}/close`, { token: patientToken });
      await host.call('GET', '/api/agenda');
    }
    expect(await entries('&operation=consultation.close')).toHaveLength(1);
    expect(await entries('&operation=consultation.find')).toHaveLength(1);
    await host.close();
    const again = await startTestHost({ DATA_DIR: host.dataDir });
    try {
      const [counted] = await entries('&operation=consultation.close', again);
      expect(counted).toMatchObject({ outcome: 'FORBIDDEN', count: 19, consultationId });
    } finally {
      await again.close();
    }
  });

  it('is not filled by who is refused and names one consultation after the other', async () => {
    const { consultationId, patientToken } = await host.createConsultation();
    // Nobody, as by the door on the network.
    const stranger = { headers: { 'x-forwarded-for': '203.0.113.1' } };
    for (let number = 0; number < 100; number += 1) {
      await host.call('POST', `/api/consultations/none-${number}/close`, stranger);
      await host.call('POST', `/api/consultations/none-${number}/close`, { token: patientToken });
    }
    const recorded = await entries('&operation=consultation.close');
    expect(recorded.length).toBeLessThan(50);
    // Somebody else's refusals are still told apart.
    const other = await host.createConsultation();
    await host.call('POST', `/api/consultations/${consultationId}/close`, { token: other.patientToken });
    const [newest] = await entries('&operation=consultation.close');
    expect(newest).toMatchObject({ consultationId, caller: { id: other.patientId } });
    await host.close();
    const again = await startTestHost({ DATA_DIR: host.dataDir });
    try {
      const counted = await entries('&operation=consultation.close', again);
      const all = counted.reduce((sum, { count = 1 }) => sum + count, 0);
      expect(all).toBe(201);
      // Those that were counted as one are not about the first of them.
      expect(counted.filter(({ count }) => count).map((entry) => entry.consultationId)).toEqual([
        undefined,
        undefined,
      ]);
    } finally {
      await again.close();
    }
  });

  it('says whether the host was stopped or failed', async () => {
    await host.close();
    const again = await startTestHost({ DATA_DIR: host.dataDir });
    try {
      const [started, stopped] = (await entries('', again)).filter(({ event }) => event.startsWith('host.'));
      expect(started).toMatchObject({
        event: 'host.started',
        detail: 'after-stop',
        caller: { role: 'host' },
      });
      expect(stopped).toMatchObject({ event: 'host.stopped' });
      expect((await verify(again)).signedHeads).toBeGreaterThan(1);
    } finally {
      await again.close();
    }
  });

  it('can be searched by time, consultation, operation and caller, page by page', async () => {
    const { consultationId, patientId, patientToken } = await host.createConsultation();
    for (let number = 0; number < 5; number += 1) await host.createConsultation();
    await host.call('POST', `/api/consultations/${consultationId}/close`, { token: patientToken });
    expect((await entries(`&caller=${patientId}`)).map(({ event }) => event)).toEqual(['consultation.close']);
    expect((await entries('&caller=patient'))[0]?.caller.id).toBe(patientId);
    const created = await entries('&operation=consultation.create');
    expect(created).toHaveLength(6);
    const page = await host.call('GET', '/api/audit?operation=consultation.create&limit=4');
    const { entries: first, nextCursor } = page.body.data as unknown as {
      entries: AuditEntry[];
      nextCursor: number;
    };
    const rest = await entries(`&operation=consultation.create&cursor=${nextCursor}`);
    expect([...first, ...rest].map(({ number }) => number)).toEqual(created.map(({ number }) => number));
    expect(await entries('&to=2020-01-01T00:00:00Z')).toEqual([]);
    expect((await entries('&from=2020-01-01T00:00:00-03:00')).length).toBeGreaterThan(6);
  });
});

describe('the table', () => {
  it('refuses to change or delete an entry or a signed head', async () => {
    await verify();
    const { secrets } = loadSecrets(host.dataDir);
    const database = await openDatabase(join(host.dataDir, 'clinic.db'), secrets.databaseKey);
    try {
      for (const table of ['audit', 'audit_heads'] as const) {
        await expect(database.deleteFrom(table).execute()).rejects.toThrow('only added to');
        await expect(
          database
            .updateTable(table)
            .set(({ ref }) => ({ line: ref('line') }))
            .execute(),
        ).rejects.toThrow('only added to');
      }
    } finally {
      await database.destroy();
    }
  });
});

describe('an exported log', () => {
  let lines: string[];
  let key: string;
  /** Where a signed head stands in the middle, with entries after it. */
  let headAt: number;

  beforeEach(async () => {
    for (let number = 0; number < 4; number += 1) await host.createConsultation();
    await verify();
    for (let number = 0; number < 4; number += 1) await host.createConsultation();
    ({ lines, publicKey: key } = await exported());
    headAt = lines.findIndex((line) => line.startsWith('{"head":'));
    expect(headAt).toBeGreaterThan(3);
    expect(headAt).toBeLessThan(lines.length - 3);
  });

  const numberAt = (line: string | undefined) =>
    (JSON.parse(line ?? '') as { entry: { number: number } }).entry.number;

  it('is sound to the offline verifier, which says whose signature it is', async () => {
    const count = lines.filter(isEntry).length;
    const given = await verifyOffline(asFile(lines), key);
    expect(given).toMatchObject({ code: 0, output: expect.stringContaining(`SOUND: ${count} entries`) });
    expect((await verifyOffline(asFile(lines))).output).toContain(key);
  });

  it('can be followed by another program from what docs/audit.md says', () => {
    let previous = '0'.repeat(64);
    for (const line of lines.filter(isEntry)) {
      const { hash, ...rest } = JSON.parse(line) as { hash: string; entry: { previous: string } };
      expect(rest.entry.previous).toBe(previous);
      previous = createHash('sha256')
        .update(canonicalize(rest) ?? '')
        .digest('hex');
      expect(hash).toBe(previous);
    }
  });

  it('with one bit of any entry flipped is named as changed', async () => {
    const random = new Chance(20);
    const content = Buffer.from(asFile(lines));
    const starts: { at: number; number: number }[] = [];
    let at = 0;
    for (const line of lines) {
      if (isEntry(line)) starts.push({ at, number: numberAt(line) });
      at += Buffer.byteLength(line) + 1;
    }
    const flip = () => {
      const { at: start, number } = random.pick(starts);
      const length = content.indexOf('\n', start) - start;
      const flipped = Buffer.from(content);
      const place = start + opening.length + random.below(length - opening.length);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << random.below(7));
      return { flipped, number };
    };
    for (let time = 0; time < 300; time += 1) {
      const { flipped, number } = flip();
      expect((await verdictOf(flipped, key)).fault).toMatchObject({ kind: 'changed', number });
    }
    const { flipped, number } = flip();
    const { code, output } = await verifyOffline(flipped, key);
    expect(code).toBe(1);
    expect(output).toContain('NOT SOUND (changed)');
    expect(output).toContain(`Entry ${number} was changed`);
  });

  it('with any bit of the file flipped is not sound, and says where', async () => {
    const random = new Chance(21);
    const content = Buffer.from(asFile(lines));
    for (let time = 0; time < 600; time += 1) {
      const flipped = Buffer.from(content);
      const place = random.below(content.length);
      const bit = 1 << random.below(8);
      flipped[place] = (flipped[place] ?? 0) ^ bit;
      const { sound, fault } = await verdictOf(flipped, key);
      expect({ place, bit, sound }).toEqual({ place, bit, sound: false });
      expect(fault?.message).not.toBe('');
    }
  });

  it('without one entry names it as missing', async () => {
    const { output, code } = await verifyOffline(asFile(lines.toSpliced(3, 1)), key);
    expect(code).toBe(1);
    expect(output).toContain('NOT SOUND (missing)');
    expect(output).toContain(`Entry ${numberAt(lines[3])} is missing`);
  });

  it('with two entries exchanged names the first of them', async () => {
    const [, , a = '', b = ''] = lines;
    const { output, code } = await verifyOffline(asFile(lines.toSpliced(2, 2, b, a)), key);
    expect(code).toBe(1);
    expect(output).toContain('NOT SOUND (reordered)');
    expect(output).toContain(`Entry ${numberAt(a)} is not in its place`);
  });

  it('cut off is named, also right after a signed head, and in the middle of a line', async () => {
    const last = numberAt(lines.at(headAt - 1));
    const whole = asFile(lines.slice(0, headAt + 1));
    const cuts = [asFile(lines.slice(0, headAt)), whole, `${whole}${lines[headAt + 1]?.slice(0, 40)}`];
    for (const cut of cuts) {
      expect((await verdictOf(cut, key)).fault).toMatchObject({ kind: 'truncated', number: last + 1 });
    }
    const { output, code } = await verifyOffline(whole, key);
    expect(code).toBe(1);
    expect(output).toContain('NOT SOUND (truncated)');
    expect(output).toContain(`from ${last + 1} on`);
  });

  it('cut off before a head that is still there is named', async () => {
    const { fault } = await verdictOf(asFile(lines.toSpliced(headAt - 2, 2)), key);
    expect(fault).toMatchObject({ kind: 'missing', number: numberAt(lines[headAt - 2]) });
  });

  describe('forged with a key of the forger', () => {
    const forger = generateKeyPairSync('ed25519');
    const own = forger.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    const signed = (body: object) =>
      canonicalize({
        ...body,
        signature: sign(null, Buffer.from(canonicalize(body) ?? ''), forger.privateKey).toString('hex'),
      }) ?? '';

    /** Takes an entry out, and makes everything after it as the host would have. */
    function rewritten(publicKey: string): string[] {
      let previous = '0'.repeat(64);
      let number = 0;
      const made: string[] = [];
      for (const line of lines.toSpliced(3, 1).slice(1)) {
        const content = JSON.parse(line) as { entry?: object; head?: { at: string } };
        if (content.entry) {
          number += 1;
          const entry = { ...content.entry, number, previous };
          previous = createHash('sha256')
            .update(canonicalize({ entry }) ?? '')
            .digest('hex');
          made.push(canonicalize({ entry, hash: previous }) ?? '');
        } else if (content.head) {
          made.push(signed({ head: { at: content.head.at, hash: previous, number } }));
        }
      }
      const { export: opening } = JSON.parse(lines[0] ?? '') as { export: object };
      return [signed({ export: { ...opening, hash: previous, number, publicKey } }), ...made];
    }

    it('is refused as signed by another key, and as forged where it claims the clinic’s', async () => {
      expect((await verifyOffline(asFile(rewritten(own)), key)).output).toContain('NOT SOUND (other-key)');
      expect((await verifyOffline(asFile(rewritten(key)), key)).output).toContain('NOT SOUND (forged-head)');
      expect((await verdictOf(asFile(rewritten(own)), own)).sound).toBe(true);
    });

    it('is found at the head, where the opening is the clinic’s own', async () => {
      const made = [lines[0] ?? '', ...rewritten(own).slice(1)];
      expect((await verdictOf(asFile(made), key)).fault?.kind).toBe('forged-head');
      const withoutHeads = made.filter((line, index) => index === 0 || isEntry(line));
      expect((await verdictOf(asFile(withoutHeads), key)).fault?.kind).toBe('truncated');
    });

    it('is found by the clinic’s own later head, where only what is before it was made anew', async () => {
      const made = rewritten(own).filter(isEntry);
      const before = made.slice(0, headAt - 1);
      const file = [lines[0] ?? '', ...before, lines[headAt] ?? '', ...made.slice(headAt - 1)];
      const { fault } = await verdictOf(asFile(file), key);
      expect(fault).toMatchObject({ kind: 'changed', number: 1, until: headAt - 1 });
    });
  });

  it('that is none, or is asked for with no key, says so', async () => {
    expect((await verdictOf('{"a":1}\n', key)).fault?.kind).toBe('not-an-export');
    expect((await verdictOf('', key)).fault?.kind).toBe('not-an-export');
    await expect(verdictOf(asFile(lines), 'abc')).rejects.toThrow('64 hexadecimal digits');
  });
});

describe('whatever is done', () => {
  it('the chain is sound and everything that succeeded has its entry, in any order', async () => {
    const random = new Chance(7);
    const consultations = [await host.createConsultation(), await host.createConsultation()];
    const tokens = ['', ...consultations.flatMap((one) => [one.doctorToken, one.patientToken])];
    const before = (await entries()).length;
    const acknowledged: string[] = [];
    await Promise.all(
      Array.from({ length: 300 }, async (_, number) => {
        const { consultationId, patientId } = random.pick(consultations);
        const at = `/api/consultations/${consultationId}`;
        const [event, method, path, body] = random.pick([
          ['invitation.create', 'POST', `${at}/invitations`, { role: 'observer' }],
          ['note.save', 'POST', `${at}/notes`, { text: `${number}`, basedOn: 0, editor: `w-${number}` }],
          ['consultation.summary', 'GET', `${at}/summary`, undefined],
          ['waiting-room.admit', 'POST', `${at}/waiting/${patientId}/admit`, {}],
          ['consultation.close', 'POST', '/api/consultations/unknown/close', {}],
          ['note.save', 'POST', `${at}/notes`, { text: 7 }],
          ['staff.invite', 'POST', '/api/staff/pairing-codes', { personName: 'Alguien', role: 'reception' }],
        ] as const);
        const token = random.pick(tokens);
        const { status } = await host.call(method, path, {
          ...(token === '' ? {} : { token }),
          ...(body === undefined ? {} : { body }),
        });
        if (status === 200) acknowledged.push(event);
      }),
    );
    const recorded = (await entries()).slice(0, -before).filter(({ outcome }) => outcome === 'ok');
    for (const event of new Set(acknowledged)) {
      const times = (list: readonly string[]) => list.filter((one) => one === event).length;
      expect(times(recorded.map((entry) => entry.event)), event).toBeGreaterThanOrEqual(times(acknowledged));
    }
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(await verify()).toMatchObject({ sound: true });
  });
});

describe('a host that is killed', () => {
  const kills = Number(process.env.KILLS ?? 2);

  it(
    `has a sound chain and the entry of everything it acknowledged, ${kills} times`,
    async () => {
      const dataDir = join(folder, 'data');
      const acknowledged: string[] = [];
      const callOn =
        ({ url }: KillableHost): TestHost['call'] =>
        async (method, path, { body } = {}) => {
          const response = await fetch(`${url}${path}`, {
            method,
            ...(body === undefined
              ? {}
              : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
          });
          return { status: response.status, headers: response.headers, body: await response.json() };
        };
      for (let round = 0; round <= kills; round += 1) {
        const killable = await startHostProcess(dataDir);
        const call = callOn(killable);
        expect(await verify({ call })).toMatchObject({ sound: true });
        const created = new Set<string | undefined>();
        for (let cursor: number | undefined = Number.MAX_SAFE_INTEGER; cursor !== undefined; ) {
          const path = `/api/audit?operation=consultation.create&limit=500&cursor=${cursor}`;
          const { body } = await call('GET', path);
          const page = body.data as unknown as { entries: AuditEntry[]; nextCursor?: number };
          for (const { consultationId } of page.entries) created.add(consultationId);
          cursor = page.nextCursor;
        }
        expect(acknowledged.filter((id) => !created.has(id))).toEqual([]);
        const [, last] = (await entries('&operation=host.started', { call })).map(({ detail }) => detail);
        if (round > 0) expect(last).toBe(round === 1 ? 'first' : 'after-failure');
        let enough = () => {};
        const writtenEnough = new Promise<void>((resolve) => {
          enough = resolve;
        });
        const until = acknowledged.length + 1 + ((round * 5) % 12);
        const writers = ['a', 'b', 'c', 'd'].map(async (name) => {
          for (let number = 0; ; number += 1) {
            const consultationId = `${round}-${name}-${number}`;
            const input = { consultationId, patientId: 'p', doctorId: 'd' };
            const answer = await call('POST', '/api/consultations/create', { body: input }).catch(
              () => undefined,
            );
            if (answer === undefined) return;
            if (answer.status === 200) acknowledged.push(consultationId);
            if (acknowledged.length >= until) enough();
          }
        });
        await writtenEnough;
        await killable.kill();
        await Promise.all(writers);
      }
      expect(acknowledged.length).toBeGreaterThan(kills);
    },
    30_000 + kills * 5_000,
  );
});
