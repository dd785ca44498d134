/** Files by hand-made requests: whole and broken uploads, and everybody who tries to send or read what they should not. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { call } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type CreatedConsultation,
  closeTestHost,
  joinBy,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';
import { untilWithin } from '../support/until.ts';

const frame = 65_536;
const megabyte = 1_000_000;
const until = untilWithin(5_000);

let host: TestHost;
let own: CreatedConsultation;

beforeAll(async () => {
  host = await startTestHost({ FILE_MAX_MB: '2', CONSULTATION_FILES_MAX_MB: '5' });
  own = await meet();
});
afterAll(() => closeTestHost(host));

/** A consultation whose patient was admitted. */
async function meet(on = host): Promise<CreatedConsultation> {
  const consultation = await on.createConsultation();
  const { client } = await joinBy(on.url, consultation.patientToken);
  const path = `/api/consultations/${consultation.consultationId}/participants/${consultation.patientId}/admit`;
  expect((await on.call('POST', path)).status).toBe(200);
  client.close();
  return consultation;
}

const pdf = (size: number) => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(size - 9)]);
const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(200)]);

let uploads = 0;
interface Given {
  readonly on?: TestHost;
  readonly consultation?: CreatedConsultation;
  readonly token?: string;
}

function announce(name: string, size: number, { on = host, consultation = own, token }: Given = {}) {
  return on.call('POST', `/api/consultations/${consultation.consultationId}/files`, {
    token: token ?? consultation.patientToken,
    body: { uploadId: `upload-${++uploads}`, name, size },
  });
}

const contentPath = (fileId: string, consultation = own) =>
  `/api/consultations/${consultation.consultationId}/files/${fileId}/content`;

async function put(
  fileId: string,
  offset: number | string,
  part: Buffer,
  { on = host, consultation = own, token }: Given = {},
) {
  const response = await fetch(`${on.url}${contentPath(fileId, consultation)}?offset=${offset}`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/octet-stream',
      authorization: `Bearer ${token ?? consultation.patientToken}`,
    },
    body: new Uint8Array(part),
  });
  return { status: response.status, body: await response.json() };
}

/** Announced and sent in one part; the last answer. */
async function send(name: string, content: Buffer, given: Given = {}) {
  const announced = await announce(name, content.length, given);
  if (announced.status !== 200) return { fileId: '', ...announced };
  const fileId = String(announced.body.data?.fileId);
  return { fileId, ...(await put(fileId, 0, content, given)) };
}

async function get(fileId: string, { on = host, consultation = own, token }: Given = {}) {
  const response = await fetch(`${on.url}${contentPath(fileId, consultation)}`, {
    ...(token === '' ? {} : { headers: { authorization: `Bearer ${token ?? consultation.doctorToken}` } }),
  });
  return response;
}

const sealedFile = (on: TestHost, fileId: string) => join(on.dataDir, 'files', `${fileId}.sealed`);

describe('a file', () => {
  test('comes to the other side as it was, as a message of the chat, and never as a page', async () => {
    const consultation = await meet();
    const { client } = await joinBy(host.url, consultation.doctorToken);
    const told: unknown[] = [];
    client.socket.on('message', (message) => told.push(message));
    const content = pdf(3 * frame + 17);
    const { status, body, fileId } = await send('Análisis octubre.pdf', content, { consultation });
    expect(status).toBe(200);
    const file = { fileId, name: 'Análisis octubre.pdf', type: 'application/pdf', size: content.length };
    expect(body.data).toMatchObject({
      complete: true,
      received: content.length,
      message: { number: 1, from: consultation.patientId, file },
    });
    await client.request('echo');
    expect(told).toEqual([body.data.message]);
    expect((await client.request('messages', { after: 0 })).messages).toEqual([body.data.message]);
    client.close();

    const download = await get(fileId, { consultation });
    expect(Buffer.from(await download.arrayBuffer()).equals(content)).toBe(true);
    expect(Object.fromEntries(download.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(content.length),
      'content-disposition': `attachment; filename="file"; filename*=UTF-8''An%C3%A1lisis%20octubre.pdf`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    const listed = await host.call('GET', `/api/consultations/${consultation.consultationId}/files`);
    expect(listed.body.data).toEqual([
      expect.objectContaining({ ...file, from: consultation.patientId, role: 'patient' }),
    ]);
  });

  test('comes in parts, goes on where it broke off, and its end may be asked for again', async () => {
    const content = pdf(2 * frame + 1_000);
    const { body } = await announce('long.pdf', content.length);
    const fileId = String(body.data?.fileId);
    // What is too little for a frame is not kept, and the answer says so.
    expect((await put(fileId, 0, content.subarray(0, frame + 5))).body.data).toMatchObject({
      received: frame,
      complete: false,
    });
    const path = `/api/consultations/${own.consultationId}/files/${fileId}`;
    expect((await host.call('GET', path, { token: own.patientToken })).body.data).toMatchObject({
      received: frame,
      complete: false,
    });
    expect((await get(fileId)).status).toBe(404);
    const last = await put(fileId, frame, content.subarray(frame));
    expect(last.body.data).toMatchObject({ received: content.length, complete: true });
    const again = await put(fileId, frame, content.subarray(frame));
    expect(again.body.data.message).toEqual(last.body.data.message);
    expect(Buffer.from(await (await get(fileId)).arrayBuffer()).equals(content)).toBe(true);
  });

  test('is sent by a paired computer in the name of the doctor, in parts like any other', async () => {
    const consultation = await meet();
    const { client } = await joinBy(host.url, consultation.patientToken);
    const told: { file?: unknown; from?: string }[] = [];
    client.socket.on('message', (message) => told.push(message));
    const { credential } = await host.pairDevice('clinician');
    const content = pdf(2 * frame + 5);
    const announced = await announce('Receta.pdf', content.length, { consultation, token: credential });
    const fileId = String(announced.body.data?.fileId);
    const half = await put(fileId, 0, content.subarray(0, frame + 3), { consultation, token: credential });
    expect(half.body.data).toMatchObject({ received: frame, complete: false });
    // The doctor's own window goes on with it: it is the doctor's file.
    const rest = await put(fileId, frame, content.subarray(frame), {
      consultation,
      token: consultation.doctorToken,
    });
    expect(rest.body.data).toMatchObject({ complete: true, message: { from: consultation.doctorId } });
    await client.request('echo');
    expect(told).toEqual([rest.body.data.message]);
    const saved = await get(fileId, { consultation, token: consultation.patientToken });
    expect(Buffer.from(await saved.arrayBuffer()).equals(content)).toBe(true);

    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
    const refused = await send('dibujo.png', svg, { consultation, token: credential });
    expect(refused.body.error?.code).toBe('FILE_TYPE_NOT_ALLOWED');
    const reception = await host.pairDevice('reception');
    const kept = await announce('a.pdf', 100, { consultation, token: reception.credential });
    expect(kept.body.error?.code).toBe('FORBIDDEN');
    await host.call('POST', `/api/consultations/${consultation.consultationId}/close`);
    const late = await announce('a.pdf', 100, { consultation, token: credential });
    expect(late.body.error?.code).toBe('CONSULTATION_CLOSED');
    client.close();
  });

  test('announced twice under one id is one file', async () => {
    const given = {
      token: own.patientToken,
      body: { uploadId: 'the-same-upload', name: 'one.pdf', size: 100 },
    };
    const path = `/api/consultations/${own.consultationId}/files`;
    const [one, other] = await Promise.all([host.call('POST', path, given), host.call('POST', path, given)]);
    expect(one?.body.data?.fileId).toBe(other?.body.data?.fileId);
  });

  test.each([
    ['too early', 0],
    ['too late', 2 * frame],
    ['in the middle of a frame', frame - 1],
  ])('refuses a part that begins %s and says where to go on', async (_where, offset) => {
    const content = pdf(3 * frame);
    const { body } = await announce('a.pdf', content.length);
    const fileId = String(body.data?.fileId);
    await put(fileId, 0, content.subarray(0, frame));
    const refused = await put(fileId, offset, content.subarray(offset, offset + frame));
    expect(refused).toMatchObject({
      status: 409,
      body: { error: { code: 'UPLOAD_OFFSET', details: { received: frame } } },
    });
    const rest = await put(fileId, frame, content.subarray(frame));
    expect(rest.body.data).toMatchObject({ complete: true });
    expect(Buffer.from(await (await get(fileId)).arrayBuffer()).equals(content)).toBe(true);
  });

  test.each([['-1'], ['x'], [''], ['1e3'], ['99999999999999999']])(
    'refuses "%s" as a place to begin',
    async (offset) => {
      const { body } = await announce('a.pdf', 100);
      expect((await put(String(body.data?.fileId), offset, pdf(100))).status).toBe(400);
    },
  );

  test('keeps the whole frames of a part whose connection was cut, and is whole after going on', async () => {
    const content = pdf(3 * frame);
    const { body } = await announce('cut.pdf', content.length);
    const fileId = String(body.data?.fileId);
    const socket = connect(host.port, '127.0.0.1');
    socket.write(
      `PUT ${contentPath(fileId)}?offset=0 HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\n` +
        `Authorization: Bearer ${own.patientToken}\r\nContent-Type: application/octet-stream\r\n` +
        `Content-Length: ${content.length}\r\n\r\n`,
    );
    socket.write(content.subarray(0, 2 * frame + 100));
    await until(
      'the frames are on the disk',
      async () => statSync(sealedFile(host, fileId), { throwIfNoEntry: false })?.size === 2 * (frame + 28),
    );
    socket.destroy();
    const path = `/api/consultations/${own.consultationId}/files/${fileId}`;
    await until('the frames are known of', async () => {
      const { body: status } = await host.call('GET', path, { token: own.patientToken });
      return Number(status.data?.received) === 2 * frame;
    });
    expect((await put(fileId, 2 * frame, content.subarray(2 * frame))).body.data).toMatchObject({
      complete: true,
    });
    expect(Buffer.from(await (await get(fileId)).arrayBuffer()).equals(content)).toBe(true);
  });

  test('is gone on with by a newer request while an older one hangs', async () => {
    const content = pdf(2 * frame);
    const { body } = await announce('hanging.pdf', content.length);
    const fileId = String(body.data?.fileId);
    const socket = connect(host.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `PUT ${contentPath(fileId)}?offset=0 HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\n` +
        `Authorization: Bearer ${own.patientToken}\r\nContent-Type: application/octet-stream\r\n` +
        `Content-Length: ${content.length}\r\n\r\n`,
    );
    socket.write(content.subarray(0, frame));
    await until(
      'the frames are on the disk',
      async () => statSync(sealedFile(host, fileId), { throwIfNoEntry: false })?.size === frame + 28,
    );
    const answer = await put(fileId, 0, content);
    // The frame of the older one counts: the newer is told where to go on.
    expect(answer.body.error).toMatchObject({ code: 'UPLOAD_OFFSET', details: { received: frame } });
    expect((await put(fileId, frame, content.subarray(frame))).body.data).toMatchObject({ complete: true });
    socket.destroy();
  });

  test('can be given up before it is whole, and not after', async () => {
    const { body } = await announce('a.pdf', 3 * frame);
    const fileId = String(body.data?.fileId);
    await put(fileId, 0, pdf(frame));
    const path = (id: string) => `/api/consultations/${own.consultationId}/files/${id}`;
    expect((await host.call('DELETE', path(fileId), { token: own.doctorToken })).status).toBe(404);
    expect((await host.call('DELETE', path(fileId), { token: own.patientToken })).status).toBe(200);
    expect((await put(fileId, frame, pdf(frame))).status).toBe(404);
    expect(statSync(sealedFile(host, fileId), { throwIfNoEntry: false })).toBeUndefined();
    const whole = await send('b.pdf', pdf(200));
    expect((await host.call('DELETE', path(whole.fileId), { token: own.patientToken })).status).toBe(403);
    expect((await get(whole.fileId)).status).toBe(200);
  });
});

describe('what may be sent', () => {
  test.each([
    ['a PDF', 'a.pdf', pdf(300), 'application/pdf', 'a.pdf'],
    ['a picture', 'foto.png', png, 'image/png', 'foto.png'],
    [
      'a JPEG',
      'IMG_1.JPG',
      Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), randomBytes(200)]),
      'image/jpeg',
      'IMG_1.jpg',
    ],
    [
      'a WebP',
      'a.webp',
      Buffer.concat([Buffer.from('RIFF0000WEBPVP8 '), randomBytes(99)]),
      'image/webp',
      'a.webp',
    ],
    ['a GIF', 'a.gif', Buffer.concat([Buffer.from('GIF89a'), randomBytes(99)]), 'image/gif', 'a.gif'],
    [
      'an HEIC',
      'a.heic',
      Buffer.concat([Buffer.from('\0\0\0\x18ftypheic'), randomBytes(99)]),
      'image/heic',
      'a.heic',
    ],
    [
      'a DICOM picture without extension',
      'IM00001',
      Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]),
      'application/dicom',
      'IM00001.dcm',
    ],
    ['a text', 'notas.txt', Buffer.from('Presión 120/80, mañana'), 'text/plain', 'notas.txt'],
    ['a picture under another name, which is corrected', 'foto.pdf', png, 'image/png', 'foto.png'],
  ])('%s', async (_what, name, content, type, stored) => {
    const consultation = await meet();
    const { status, body } = await send(name, content, { consultation });
    expect(status).toBe(200);
    expect(body.data.message.file).toMatchObject({ type, name: stored });
  });

  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  const html = '<!doctype html><script>alert(1)</script>';
  test.each([
    ['an SVG', 'a.svg', Buffer.from(svg)],
    ['a page', 'a.html', Buffer.from(html)],
    ['a program', 'a.exe', Buffer.from('MZ\x90\0')],
    ['an archive', 'a.zip', Buffer.from('PK\x03\x04')],
    ['an SVG called a PNG', 'a.png', Buffer.from(svg)],
    ['a page called a PDF', 'a.pdf', Buffer.from(html)],
    ['a page without a name', 'a', Buffer.from(html)],
    ['a program called a PDF', 'a.pdf', Buffer.from('MZ\x90\0%PDF-')],
    ['zero bytes called a text', 'a.txt', Buffer.alloc(10)],
    ['UTF-16', 'a.txt', Buffer.from('\ufeffhola', 'utf16le')],
  ])('not %s, and nothing of it is kept', async (_what, name, content) => {
    const before = readdirSync(join(host.dataDir, 'files')).length;
    const { status, body } = await send(name, content);
    expect(status).toBe(415);
    expect(body.error).toMatchObject({
      code: 'FILE_TYPE_NOT_ALLOWED',
      details: { allowed: expect.arrayContaining(['pdf', 'jpg']) },
    });
    expect(readdirSync(join(host.dataDir, 'files'))).toHaveLength(before);
  });

  test('not a text that turns out to be something else further on', async () => {
    const content = Buffer.concat([Buffer.alloc(frame, 'a'), Buffer.alloc(100)]);
    const { fileId, status } = await send('a.txt', content);
    expect(status).toBe(415);
    expect((await get(fileId)).status).toBe(404);
  });

  test('a page called a text is a text, saved and never shown', async () => {
    const { fileId, body } = await send('a.txt', Buffer.from(html));
    expect(body.data.message.file).toMatchObject({ type: 'text/plain', name: 'a.txt' });
    expect((await get(fileId)).headers.get('content-disposition')).toMatch(/^attachment/);
  });

  test.each([
    ['../../etc/passwd.pdf', 'passwd.pdf'],
    ['..\\..\\Windows\\system.pdf', 'system.pdf'],
    ['/etc/x/.pdf', 'pdf.pdf'],
    ['a\u0000b\r\nc.pdf', 'abc.pdf'],
    ['factura\u202efdp.exe.pdf', 'facturafdp.exe.pdf'],
    ['<img src=x onerror=alert(1)>.pdf', '_img src=x onerror=alert(1)_.pdf'],
    [`"; filename="x.html.pdf`, '_; filename=_x.html.pdf'],
    ['CON.pdf', '_CON.pdf'],
    ['...', 'file.pdf'],
    ['   ', 'file.pdf'],
    [`${'ñ'.repeat(300)}.pdf`, `${'ñ'.repeat(100)}.pdf`],
    ["'); drop table files; --.pdf", "'); drop table files; --.pdf"],
  ])('the name %j is kept as %j', async (name, stored) => {
    const consultation = await meet();
    const { fileId, body } = await send(name, pdf(100), { consultation });
    expect(body.data.message.file.name).toBe(stored);
    const disposition = String((await get(fileId, { consultation })).headers.get('content-disposition'));
    expect(disposition).toMatch(/^attachment; filename="file"; filename\*=UTF-8''[\w.%~!-]+$/);
    expect(decodeURIComponent(disposition.split("''")[1] ?? '')).toBe(stored);
  });

  test('nothing larger than is taken, nothing empty, and not more than was announced', async () => {
    expect((await announce('a.pdf', 2 * megabyte + 1)).body.error).toMatchObject({
      code: 'FILE_TOO_LARGE',
      details: { maxBytes: 2 * megabyte },
    });
    expect((await announce('a.pdf', 0)).status).toBe(400);
    const { body } = await announce('a.pdf', 100);
    const fileId = String(body.data?.fileId);
    expect((await put(fileId, 0, pdf(10 * megabyte))).status).toBe(413);
    expect((await put(fileId, 0, pdf(100))).body.data).toMatchObject({ complete: true });
  });

  test('not more than was announced when the length was not said', async () => {
    const { body } = await announce('a.pdf', 100);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += frame;
        if (sent > 50 * megabyte) controller.close();
        else controller.enqueue(new Uint8Array(pdf(frame)));
      },
    });
    const response = await fetch(`${host.url}${contentPath(String(body.data?.fileId))}?offset=0`, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream', authorization: `Bearer ${own.patientToken}` },
      body: endless,
      duplex: 'half',
    } as RequestInit).catch((error: Error) => error);
    expect(response instanceof Error || response.status === 413).toBe(true);
    expect((await host.call('GET', '/health')).status).toBe(200);
  });

  test('not more in one consultation than it has room for', async () => {
    const consultation = await meet();
    const size = 2 * megabyte;
    for (const name of ['a.pdf', 'b.pdf']) {
      expect((await announce(name, size, { consultation })).status).toBe(200);
    }
    expect((await announce('c.pdf', size, { consultation })).body.error).toMatchObject({
      code: 'FILES_FULL',
    });
    expect((await announce('c.pdf', megabyte, { consultation })).status).toBe(200);
  });

  test('only as bytes, and only by the methods there are', async () => {
    const { body } = await announce('a.pdf', 100);
    const path = contentPath(String(body.data?.fileId));
    const json = await host.call('PUT', `${path}?offset=0`, { token: own.patientToken, body: {} });
    expect(json.status).toBe(415);
    const deleted = await host.call('DELETE', path, { token: own.patientToken });
    expect(deleted.status).toBe(405);
    expect(deleted.headers.get('allow')).toBe('GET, PUT');
  });
});

describe('who may', () => {
  test('send and read: nobody of another consultation, also by the id of a file there', async () => {
    const foreign = await meet();
    const { fileId } = await send('a.pdf', pdf(100));
    expect((await get(fileId, { token: foreign.doctorToken })).status).toBe(403);
    expect((await get(fileId, { consultation: foreign })).status).toBe(404);
    expect((await put(fileId, 0, pdf(100), { consultation: foreign })).status).toBe(404);
    expect((await put(fileId, 0, pdf(100), { token: foreign.patientToken })).status).toBe(403);
    expect((await announce('a.pdf', 100, { token: foreign.patientToken })).status).toBe(403);
  });

  test('nobody writes into what another one sends', async () => {
    const { body } = await announce('a.pdf', 100);
    expect((await put(String(body.data?.fileId), 0, pdf(100), { token: own.doctorToken })).status).toBe(404);
  });

  test('nobody who waits', async () => {
    const waiting = await host.createConsultation();
    expect((await announce('a.pdf', 100, { consultation: waiting })).body.error?.code).toBe('NOT_ADMITTED');
    const { fileId } = await send('a.pdf', pdf(100), { consultation: waiting, token: waiting.doctorToken });
    const asked = await get(fileId, { consultation: waiting, token: waiting.patientToken });
    expect(asked.status).toBe(403);
  });

  test('nobody who was removed, and no participant once it has ended; the clinic always, reception never', async () => {
    const consultation = await meet();
    const { fileId } = await send('a.pdf', pdf(100), { consultation });
    const unfinished = String((await announce('b.pdf', 100, { consultation })).body.data?.fileId);
    await host.call('DELETE', `/api/rooms/${consultation.roomName}/participants/${consultation.patientId}`);
    expect((await put(unfinished, 0, pdf(100), { consultation })).body.error.code).toBe('REMOVED');
    expect((await get(fileId, { consultation, token: consultation.patientToken })).status).toBe(403);
    expect((await get(fileId, { consultation })).status).toBe(200);
    await host.call('POST', `/api/consultations/${consultation.consultationId}/close`);
    expect((await get(fileId, { consultation })).status).toBe(409);
    const clinician = await host.pairDevice('clinician');
    const reception = await host.pairDevice('reception');
    expect((await get(fileId, { consultation, token: clinician.credential })).status).toBe(200);
    expect((await get(fileId, { consultation, token: reception.credential })).status).toBe(403);
  });

  test('nobody without a credential, where one is asked for', async () => {
    const locked = await startTestHost({ API_KEY: 'a-key-of-the-clinic-for-tests' });
    try {
      const response = await fetch(`${locked.url}/api/consultations/c/files/f/content`);
      expect(response.status).toBe(401);
    } finally {
      await closeTestHost(locked);
    }
  });

  test('no page of another site', async () => {
    const { fileId } = await send('a.pdf', pdf(100));
    const response = await fetch(`${host.url}${contentPath(fileId)}`, {
      headers: { origin: 'https://evil.example', authorization: `Bearer ${own.doctorToken}` },
    });
    expect(response.status).toBe(403);
  });
});

describe('on the disk', () => {
  test('there is nothing to read, and nobody else may look', async () => {
    const secret = 'glucosa en ayunas 126 mg/dl '.repeat(10_000);
    const { fileId, status } = await send('notas.txt', Buffer.from(secret));
    expect(status).toBe(200);
    const path = sealedFile(host, fileId);
    expect(readFileSync(path).includes('glucosa')).toBe(false);
    expect(statSync(path).mode & 0o077).toBe(0);
    for (const name of readdirSync(host.dataDir).filter((one) => one.startsWith('clinic.db'))) {
      expect(readFileSync(join(host.dataDir, name)).includes('notas.txt'), name).toBe(false);
    }
  });

  test.each([
    ['a flipped bit', (bytes: Buffer) => bytes.with(100, (bytes[100] ?? 0) ^ 1)],
    ['a missing end', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['nothing left', () => Buffer.alloc(0)],
  ])('%s at the beginning is noticed before anything is answered', async (_what, change) => {
    const { fileId } = await send('a.pdf', pdf(500));
    const path = sealedFile(host, fileId);
    writeFileSync(path, change(readFileSync(path)));
    const response = await get(fileId);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: 'FILE_DAMAGED' } });
  });

  test.each([
    ['a flipped bit', (bytes: Buffer) => bytes.with(bytes.length - 50, (bytes.at(-50) ?? 0) ^ 1)],
    [
      'two frames that changed places',
      (bytes: Buffer) => {
        const one = frame + 28;
        return Buffer.concat([
          bytes.subarray(0, one),
          bytes.subarray(2 * one, 3 * one),
          bytes.subarray(one, 2 * one),
          bytes.subarray(3 * one),
        ]);
      },
    ],
    ['a missing end', (bytes: Buffer) => bytes.subarray(0, -frame)],
  ])('%s further on breaks the answer off', async (_what, change) => {
    const { fileId } = await send('a.pdf', pdf(10 * frame));
    const path = sealedFile(host, fileId);
    writeFileSync(path, change(readFileSync(path)));
    const response = await get(fileId);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  test('what was acknowledged is there after a restart; what nobody knows of or finishes is cleared away', async () => {
    const first = await startTestHost();
    const consultation = await meet(first);
    const content = pdf(2 * frame);
    const whole = await send('a.pdf', content, { on: first, consultation });
    const announced = await announce('b.pdf', 2 * frame, { on: first, consultation });
    const partial = String(announced.body.data?.fileId);
    await put(partial, 0, content.subarray(0, frame), { on: first, consultation });
    await first.close();
    writeFileSync(join(first.dataDir, 'files', 'nobody-knows.sealed'), 'x');
    // Written before a crash, and never acknowledged.
    appendFileSync(sealedFile(first, partial), randomBytes(1_000));
    const second = await startTestHost({ DATA_DIR: first.dataDir });
    try {
      expect(readdirSync(join(second.dataDir, 'files')).sort()).toEqual(
        [`${whole.fileId}.sealed`, `${partial}.sealed`].sort(),
      );
      const given = { on: second, consultation };
      expect(Buffer.from(await (await get(whole.fileId, given)).arrayBuffer()).equals(content)).toBe(true);
      expect((await put(partial, frame, content.subarray(frame), given)).body.data).toMatchObject({
        complete: true,
      });
      expect(Buffer.from(await (await get(partial, given)).arrayBuffer()).equals(content)).toBe(true);
    } finally {
      await closeTestHost(second);
    }
  });
});

describe('a download ticket', () => {
  const apiKey = 'a-key-of-the-clinic-for-tests';
  let locked: TestHost;
  let consultation: CreatedConsultation;
  let fileId: string;
  const content = pdf(frame + 100);

  beforeAll(async () => {
    locked = await startTestHost({ API_KEY: apiKey });
    consultation = await locked.createConsultation();
    const { consultationId, patientId, patientToken } = consultation;
    const { client } = await joinBy(locked.url, patientToken);
    await locked.call('POST', `/api/consultations/${consultationId}/participants/${patientId}/admit`, {
      token: apiKey,
    });
    client.close();
    ({ fileId } = await send('a.pdf', content, { on: locked, consultation }));
    await locked.call('POST', `/api/consultations/${consultationId}/close`, { token: apiKey });
  });
  afterAll(() => closeTestHost(locked));

  const ask = (token?: string, id = fileId) =>
    locked.call('POST', `/api/consultations/${consultation.consultationId}/files/${id}/ticket`, {
      ...(token === undefined ? {} : { token }),
    });
  const ticketFor = async (token: string) => String((await ask(token)).body.data?.ticket);
  const fetchBy = (token: string, id = fileId) => get(id, { on: locked, consultation, token });

  test('opens the content of a closed consultation for a window without a credential of its own', async () => {
    const caller = { caller: { role: 'admin' }, baseUrl: locked.url, remoteAddress: 'window' } as const;
    const { ticket, url } = await call(
      locked.router.files.ticket,
      { consultationId: consultation.consultationId, fileId },
      { context: caller },
    );
    const headers = { authorization: `Bearer ${ticket}`, origin: 'app://autamedica' };
    const response = await fetch(url, { headers });
    expect(response.headers.get('access-control-allow-origin')).toBe('app://autamedica');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    const again = await fetch(url, { headers });
    expect(again.status).toBe(401);
    expect(await again.json()).toMatchObject({ error: { code: 'TICKET_INVALID' } });
  });

  test('is given to who treats, and to nobody else', async () => {
    const [clinician, reception] = [
      await locked.pairDevice('clinician'),
      await locked.pairDevice('reception'),
    ];
    expect((await fetchBy(await ticketFor(clinician.credential))).status).toBe(200);
    expect((await ask(reception.credential)).status).toBe(403);
    expect((await ask()).status).toBe(401);
    expect((await ask(consultation.doctorToken)).status).toBe(403);
    expect((await ask(consultation.patientToken)).status).toBe(403);
    expect((await fetchBy(reception.credential)).status).toBe(403);
    expect((await ask(apiKey, 'no-such-file')).status).toBe(404);
  });

  test('is worth nothing once its computer was revoked', async () => {
    const { credential, deviceId } = await locked.pairDevice('clinician');
    const ticket = await ticketFor(credential);
    await locked.call('DELETE', `/api/staff/devices/${deviceId}`, { token: apiKey });
    expect((await fetchBy(ticket)).status).toBe(401);
  });

  test('opens one file: no other one, no upload, no operation', async () => {
    const ticket = await ticketFor(apiKey);
    expect((await fetchBy(ticket, 'another-file')).status).toBe(401);
    expect((await fetchBy(ticket)).status).toBe(401);
    const writing = await put(fileId, 0, content, {
      on: locked,
      consultation,
      token: await ticketFor(apiKey),
    });
    expect(writing.status).toBe(401);
    const reading = await ticketFor(apiKey);
    const path = `/api/consultations/${consultation.consultationId}/messages`;
    expect((await locked.call('GET', path, { token: reading })).status).toBe(401);
    expect((await fetchBy(reading)).status).toBe(200);
    expect((await fetchBy(`amt_${'A'.repeat(43)}`)).status).toBe(401);
  });
});
