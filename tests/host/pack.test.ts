/** The consultation pack: all that is in it, and every way of tampering with it named. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPromise } from 'yauzl';
import { ZipFile } from 'yazl';
import { SigningKey } from '../../src/main/host/audit/signing-key.ts';
import { runCommand } from '../../src/main/host/commands.ts';
import { type Manifest, manifestName, signManifest } from '../../src/main/host/packs/manifest.ts';
import { verifyPack } from '../../src/main/host/packs/verify-pack.ts';
import { textOf, writePack } from '../../src/main/host/packs/write-pack.ts';
import { loadConfig } from '../../src/main/host/runtime/config.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { type KeptFile, keepRecording } from '../support/kept-recording.ts';
import { photo, writeAndSend } from '../support/past-consultation.ts';
import {
  type CreatedConsultation,
  closeTestHost,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

let host: TestHost;
let own: CreatedConsultation;
let film: KeptFile;
let damaged: KeptFile;
let folder: string;
let pack: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-pack-'));
  host = await startTestHost({ CLINIC_NAME: 'Clínica San Martín' });
  own = await host.createConsultation({ patientName: 'Elena Ruiz', doctorName: 'Dr. Martín Pérez' });
  film = await keepRecording(host.dataDir, own, randomBytes(200_000));
  damaged = await keepRecording(host.dataDir, own, randomBytes(1_000));
  const bytes = await readFile(damaged.path);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 500) ^ 1, bytes.length - 500);
  await writeFile(damaged.path, bytes);
  await writeAndSend(host.url, own, { text: '¿Cómo sigue la tos?', fileName: 'Análisis.png' });
  await host.call('POST', `/api/consultations/${own.consultationId}/notes`, {
    body: { text: 'Bronquitis.\nControl en una semana.', basedOn: 0, editor: 'window-1' },
  });
  await host.call('PUT', `/api/recordings/${film.egressId}/hold`, { body: { reason: 'Reclamo en curso' } });
  pack = join(folder, 'pack.zip');
  await writeFile(pack, await download());
});
afterAll(async () => {
  await closeTestHost(host);
  await rm(folder, { recursive: true, force: true });
});

async function ticket(token?: string) {
  return host.call('POST', `/api/consultations/${own.consultationId}/pack`, token ? { token } : {});
}

async function download(): Promise<Buffer> {
  const { body } = await ticket();
  const response = await fetch(String(body.data?.url));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="consulta-.+\.zip"$/);
  return Buffer.from(await response.arrayBuffer());
}

interface Part {
  readonly name: string;
  readonly content: Buffer;
}

async function partsOf(file: string): Promise<Part[]> {
  const zip = await openPromise(file, { autoClose: false });
  const parts: Part[] = [];
  for await (const entry of zip.eachEntry()) {
    const pieces: Buffer[] = [];
    for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer);
    parts.push({ name: entry.fileName, content: Buffer.concat(pieces) });
  }
  zip.close();
  return parts;
}

/** An archive of any parts, as somebody could make it who has the pack but not the clinic's key. */
async function archive(parts: readonly Part[], change: { comment?: string; compress?: boolean } = {}) {
  const zip = new ZipFile();
  for (const { name, content } of parts)
    zip.addBuffer(content, name, { compress: change.compress ?? false, mtime: new Date(0) });
  zip.end({ forceZip64Format: false, comment: change.comment ?? '' });
  const pieces: Buffer[] = [];
  for await (const piece of zip.outputStream) pieces.push(piece as unknown as Buffer);
  const file = join(folder, `${randomBytes(6).toString('hex')}.zip`);
  await writeFile(file, Buffer.concat(pieces));
  return file;
}

const publicKey = () => SigningKey.of(loadSecrets(host.dataDir).secrets.databaseKey).publicKey;
const fault = async (file: string, key?: string) => (await verifyPack(file, key)).fault;
const text = (parts: readonly Part[], name: string) =>
  String(parts.find((part) => part.name === name)?.content);

describe('a pack', () => {
  test('holds all of a consultation, and any archive tool opens it', async () => {
    const parts = await partsOf(pack);
    const names = parts.map(({ name }) => name);
    expect(names.at(0)).toBe('LEEME-README.txt');
    expect(names.at(-1)).toBe(manifestName);
    const video = parts.find(
      ({ name }) => name.startsWith(`recordings/${film.egressId}/`) && name.endsWith('.webm'),
    );
    expect(video?.content.equals(film.content)).toBe(true);
    // What cannot be read whole comes as it lies there.
    const kept = parts.find(
      ({ name }) => name.startsWith(`recordings/${damaged.egressId}/`) && name.endsWith('.age'),
    );
    expect(kept?.content.equals(await readFile(damaged.path))).toBe(true);
    expect(JSON.parse(text(parts, `recordings/${film.egressId}/recording.json`))).toMatchObject({
      sha256: film.sha256,
      hold: { reason: 'Reclamo en curso' },
      decisions: [{ act: 'hold', reason: 'Reclamo en curso', caller: { role: 'admin' } }],
    });
    expect(text(parts, 'notes.txt')).toBe('Bronquitis.\nControl en una semana.');
    expect(JSON.parse(text(parts, 'notes.json'))).toHaveLength(1);
    expect(JSON.parse(text(parts, 'chat.json'))[0]).toMatchObject({ text: '¿Cómo sigue la tos?' });
    const file = parts.find(({ name }) => /^files\/[^/]+\/Análisis\.png$/.test(name));
    expect(file?.content.equals(photo)).toBe(true);
    expect(JSON.parse(text(parts, 'presence.json')).stays).toHaveLength(1);
    expect(JSON.parse(text(parts, 'consents.json'))).toEqual([]);
    const events = text(parts, 'audit.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).entry.event);
    expect(events).toEqual(expect.arrayContaining(['consultation.create', 'note.save', 'recording.hold']));
    expect(JSON.parse(text(parts, 'consultation.json'))).toMatchObject({ patientName: 'Elena Ruiz' });
    const listed = execFileSync('python3', ['-m', 'zipfile', '-t', pack], { encoding: 'utf8' });
    expect(listed).toContain('Done testing');
  });

  test('is sound without the clinic, by its public key or the one in it', async () => {
    const config = loadConfig({ DATA_DIR: join(folder, 'nowhere') });
    const count = (await partsOf(pack)).length - 1;
    const byKey = await runCommand(['verify-pack', pack, '--key', publicKey()], config);
    expect(byKey).toContain(`SOUND: ${count} parts of consultation ${own.consultationId}`);
    expect(byKey).toContain('Signed by the key that you gave.');
    expect(await runCommand(['verify-pack', pack], config)).toContain(publicKey());
    await expect(runCommand(['verify-pack', pack, '--key', 'x'], config)).rejects.toThrow('64 hexadecimal');
    await expect(runCommand(['verify-pack'], config)).rejects.toThrow('Usage');
    await expect(runCommand(['verify-pack', join(folder, 'none.zip')], config)).rejects.toThrow('ENOENT');
  });

  test('is for the clinic alone, by a ticket that is for it alone', async () => {
    const clinician = await host.pairDevice('clinician');
    for (const token of [clinician.credential, own.doctorToken, own.patientToken])
      expect((await ticket(token)).body.error?.code).toBe('FORBIDDEN');
    const path = `/api/consultations/${own.consultationId}/pack`;
    const codeOf = async (address: string) =>
      ((await (await fetch(host.url + address)).json()) as { error: { code: string } }).error.code;
    expect(await codeOf(path)).toBe('TICKET_INVALID');
    const { body } = await ticket();
    const { search } = new URL(String(body.data?.url));
    const other = await host.createConsultation();
    expect(await codeOf(`/api/consultations/${other.consultationId}/pack${search}`)).toBe('TICKET_INVALID');
    expect(await codeOf(`/api/recordings/${film.egressId}/content${search}`)).toBe('TICKET_INVALID');
    const { body: log } = await host.call('GET', `/api/audit?operation=consultation.packed`);
    expect((log.data as unknown as { entries: object[] }).entries[0]).toMatchObject({
      consultationId: own.consultationId,
      outcome: 'ok',
    });
  });
});

describe('tampering is named', () => {
  test('a flipped bit anywhere', async () => {
    const whole = await readFile(pack);
    const file = join(folder, 'flipped.zip');
    // Through the archive in steps that meet contents, headers, sums and the directory.
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 150)) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(whole.readUInt8(at) ^ 0x10, at);
      await writeFile(file, changed);
      // Times and sums that say nothing of the content are the archive's own.
      const verdict = await verifyPack(file, publicKey());
      const harmless = verdict.sound && (await samePartsAs(file));
      expect(verdict.sound === false || harmless, `byte ${at}`).toBe(true);
    }
  });

  async function samePartsAs(file: string): Promise<boolean> {
    const [before, after] = [await partsOf(pack), await partsOf(file)];
    return JSON.stringify(before) === JSON.stringify(after);
  }

  test('each part changed, left out, or in another place', async () => {
    const parts = await partsOf(pack);
    for (const [index, { name, content }] of parts.slice(0, -1).entries()) {
      if (content.length > 0) {
        const other = Buffer.from(content);
        other.writeUInt8(other.readUInt8(other.length >> 1) ^ 1, other.length >> 1);
        expect(await fault(await archive(parts.with(index, { name, content: other })))).toMatchObject({
          kind: 'changed',
          part: name,
        });
      }
      expect(await fault(await archive(parts.toSpliced(index, 1)))).toMatchObject({
        kind: 'missing',
        part: name,
      });
    }
    const [first, second, ...rest] = parts as [Part, Part, ...Part[]];
    expect(await fault(await archive([second, first, ...rest]))).toMatchObject({
      kind: 'reordered',
      part: second.name,
    });
  });

  test('a part added, twice, or under another name', async () => {
    const parts = await partsOf(pack);
    const manifest = parts.at(-1) as Part;
    const added = { name: 'recordings/another.webm', content: Buffer.from('x') };
    expect(await fault(await archive([...parts.slice(0, -1), added, manifest]))).toMatchObject({
      kind: 'added',
      part: added.name,
    });
    const twice = parts[1] as Part;
    expect(await fault(await archive([twice, ...parts]))).toMatchObject({ kind: 'added', part: twice.name });
    expect(await fault(await archive([...parts, added]))).toMatchObject({ kind: 'not-a-pack' });
  });

  test('something hidden between, before or after the parts', async () => {
    const parts = await partsOf(pack);
    expect(await fault(await archive(parts, { comment: 'hidden' }))).toMatchObject({ kind: 'hidden' });
    expect(await fault(await archive(parts, { compress: true }))).toMatchObject({ kind: 'hidden' });
    const whole = await readFile(await archive(parts));
    for (const [name, bytes] of [
      ['before.zip', Buffer.concat([Buffer.from('hidden'), whole])],
      ['after.zip', Buffer.concat([whole, Buffer.from('hidden')])],
    ] as const) {
      await writeFile(join(folder, name), bytes);
      expect((await fault(join(folder, name)))?.kind, name).toMatch(/^(cut-off|hidden|not-a-pack)$/);
    }
  });

  test('an archive that was cut off, is none, or has no manifest', async () => {
    const whole = await readFile(pack);
    const file = join(folder, 'cut.zip');
    for (const length of [0, 10, whole.length >> 1, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      expect(await fault(file), `cut to ${length}`).toMatchObject({ kind: 'cut-off' });
    }
    const parts = await partsOf(pack);
    expect(await fault(await archive(parts.slice(0, -1)))).toMatchObject({ kind: 'not-a-pack' });
  });

  test('a manifest that was written anew, signed by another key, or spelled differently', async () => {
    const parts = await partsOf(pack);
    const contents = parts.slice(0, -1);
    const signed = JSON.parse(text(parts, manifestName)) as { manifest: Manifest; signature: string };
    const withManifest = (content: string) =>
      archive([...contents, { name: manifestName, content: Buffer.from(content) }]);
    const { manifest, signature } = signed;
    const forged = [
      JSON.stringify({ manifest: { ...manifest, clinicName: 'Another' }, signature }),
      JSON.stringify(signed, undefined, 2),
      '{}',
    ];
    for (const content of forged)
      expect(await fault(await withManifest(content))).toMatchObject({ kind: 'forged-manifest' });

    // Somebody with a key of their own.
    const { format: _, publicKey: __, ...body } = manifest;
    const own = SigningKey.of(randomBytes(32).toString('base64url'));
    const file = await withManifest(signManifest(own, body));
    expect(await fault(file, publicKey())).toMatchObject({ kind: 'other-key' });
    expect((await verifyPack(file)).manifest?.publicKey).toBe(own.publicKey);
  });

  test('an entry of the audit log that was changed before it was signed', async () => {
    const parts = await partsOf(pack);
    const { manifest } = JSON.parse(text(parts, manifestName)) as { manifest: Manifest };
    const key = SigningKey.of(loadSecrets(host.dataDir).secrets.databaseKey);
    const changed = Buffer.from(text(parts, 'audit.jsonl').replace('"role":"admin"', '"role":"doctor"'));
    const all = parts.map((part) => (part.name === 'audit.jsonl' ? { ...part, content: changed } : part));
    const { format: _, publicKey: __, ...body } = manifest;
    const listed = body.parts.map((part) =>
      part.name === 'audit.jsonl'
        ? { ...part, sizeBytes: changed.length, sha256: createHash('sha256').update(changed).digest('hex') }
        : part,
    );
    const content = Buffer.from(signManifest(key, { ...body, parts: listed }));
    const file = await archive(all.with(-1, { name: manifestName, content }));
    expect(await fault(file, key.publicKey)).toMatchObject({ kind: 'changed', part: 'audit.jsonl' });
  });
});

test('a part that fails breaks the archive off, and nobody takes it for a whole one', async () => {
  async function* failing() {
    yield { name: 'a.txt', content: textOf('a') };
    yield {
      name: 'b.txt',
      content: (async function* () {
        yield Buffer.from('b');
        throw new Error('The disk is gone');
      })(),
    };
  }
  const output = writePack(failing(), async () => '{}', new Date());
  const pieces: Buffer[] = [];
  output.on('data', (piece: Buffer) => pieces.push(piece));
  await expect(finished(output)).rejects.toThrow('The disk is gone');
  const file = join(folder, 'broken.zip');
  await writeFile(file, Buffer.concat(pieces));
  expect(await fault(file)).toMatchObject({ kind: 'cut-off' });
});

test('who goes away while it is written stops the writing', async () => {
  let read = 0;
  let ended = false;
  async function* endless() {
    yield {
      name: 'a.bin',
      content: (async function* () {
        try {
          for (;;) {
            read += 1;
            yield Buffer.alloc(65_536);
          }
        } finally {
          ended = true;
        }
      })(),
    };
  }
  const output = writePack(endless(), async () => '{}', new Date());
  await new Promise((resolve) => output.once('readable', resolve));
  output.destroy();
  await expect.poll(() => ended).toBe(true);
  expect(read).toBeLessThan(100);
});
