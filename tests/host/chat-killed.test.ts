/** A host killed in the middle of a conversation with files: nothing that it acknowledged may be missing, or be there twice. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Message } from '../../src/shared/signaling/chat.ts';
import { Chance } from '../support/chance.ts';
import { type KillableHost, startHostProcess } from '../support/killable-host.ts';
import { type HandMadeClient, joinBy } from '../support/test-host.ts';

/** The long form: KILLS=200 npx vitest run --project host chat-killed */
const kills = Number(process.env.KILLS ?? 2);
const frame = 65_536;

let dataDir: string;
let host: KillableHost;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'autamedica-killed-'));
  host = await startHostProcess(dataDir);
});
afterEach(async () => {
  await host.kill();
  await rm(dataDir, { recursive: true, force: true });
});

async function ask(method: string, path: string, token: string, body?: unknown) {
  const response = await fetch(`${host.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': body instanceof Uint8Array ? 'application/octet-stream' : 'application/json',
    },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
  } as RequestInit);
  const { data, error } = (await response.json()) as {
    data?: Record<string, never>;
    error?: { code: string };
  };
  if (!data) throw new Error(error?.code);
  return data;
}

test(
  `has everything it acknowledged, once and in order, ${kills} times`,
  async () => {
    const created = await fetch(`${host.url}/api/consultations/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ consultationId: 'c', patientId: 'p', doctorId: 'd', waitingRoom: false }),
    });
    const { doctorToken, patientToken } = ((await created.json()) as { data: Record<string, string> }).data;
    if (!doctorToken || !patientToken) throw new Error('There is no consultation');
    const files = '/api/consultations/c/files';
    const acknowledged = new Map<string, Message>();
    const contents = new Map<string, Buffer>();
    let interrupted = 0;
    let received = 0;
    const chance = new Chance(1);

    for (let round = 0; round < kills; round += 1) {
      let killed = false;
      // So many answers and so many parts, and then in the middle of whatever is asked.
      let answersLeft = 1 + chance.below(10);
      let partsLeft = 1 + chance.below(3);
      let enough = () => {};
      const answered = new Promise<void>((resolve) => {
        enough = resolve;
      });
      const count = (messages: number, parts: number) => {
        answersLeft -= messages;
        partsLeft -= parts;
        if (answersLeft <= 0 && partsLeft <= 0) enough();
      };
      const interruptible = async (work: () => Promise<void>) => {
        try {
          await work();
        } catch (error) {
          if (!killed) throw error;
          // Not acknowledged: the host went while it was asked.
          interrupted += 1;
        }
      };
      const talker = async (who: string, client: HandMadeClient) => {
        const gone = new Promise<never>((_, reject) => {
          client.socket.once('disconnect', () => reject(new Error('The host is gone')));
        });
        gone.catch(() => {});
        // Fewer than the host takes of one person in a while.
        for (let number = 1; number <= 25 && !killed; number += 1) {
          const id = `${who}-${round}-message-${number}`;
          await interruptible(async () => {
            const { message } = await Promise.race([
              client.request('message', { id, text: `text of ${id}` }),
              gone,
            ]);
            acknowledged.set(id, message);
            count(1, 0);
          });
        }
        client.close();
      };
      const sender = async (announced: Awaited<ReturnType<typeof ask>>, content: Buffer) => {
        let upload = announced;
        while (!killed && !upload.complete) {
          await interruptible(async () => {
            const offset = Number(upload.received);
            const part = content.subarray(offset, offset + frame);
            upload = await ask(
              'PUT',
              `${files}/${upload.fileId}/content?offset=${offset}`,
              patientToken,
              part,
            );
            received += 1;
            count(0, 1);
            const { message } = upload as unknown as { message?: Message };
            if (message) acknowledged.set(message.id, message);
          });
        }
      };
      const doctor = await joinBy(host.url, doctorToken);
      const patient = await joinBy(host.url, patientToken);
      const content = Buffer.concat([Buffer.from('%PDF-'), randomBytes(3 * frame)]);
      const announced = await ask('POST', files, patientToken, {
        uploadId: `upload-${round}`,
        name: 'a.pdf',
        size: content.length,
      });
      contents.set(String(announced.fileId), content);
      const working = Promise.all([
        talker('doctor', doctor.client),
        talker('patient', patient.client),
        sender(announced, content),
      ]);
      working.catch(() => {});
      await Promise.race([answered, working]);
      killed = true;
      await host.kill();
      await working;

      host = await startHostProcess(dataDir);
      const { client } = await joinBy(host.url, doctorToken);
      const there: Message[] = [];
      for (let last = 1; there.length < last; ) {
        const page = await client.request('messages', { after: there.length });
        there.push(...page.messages);
        last = page.last;
      }
      client.close();
      expect(there.map(({ number }) => number)).toEqual(there.map((_, index) => index + 1));
      expect(new Set(there.map(({ from, id }) => `${from} ${id}`)).size).toBe(there.length);
      for (const message of acknowledged.values()) expect(there[message.number - 1]).toEqual(message);
    }

    for (const [fileId, content] of contents) {
      let upload = await ask('GET', `${files}/${fileId}`, patientToken);
      while (!upload.complete) {
        const offset = Number(upload.received);
        upload = await ask(
          'PUT',
          `${files}/${fileId}/content?offset=${offset}`,
          patientToken,
          content.subarray(offset, offset + 2 * frame),
        );
      }
      const response = await fetch(`${host.url}${files}/${fileId}/content`, {
        headers: { authorization: `Bearer ${doctorToken}` },
      });
      expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    }
    expect(acknowledged.size).toBeGreaterThan(kills);
    expect(interrupted).toBeGreaterThan(0);
    expect(received).toBeGreaterThan(kills);
  },
  60_000 + kills * 5_000,
);
