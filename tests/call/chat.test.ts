/** The chat and the uploads with what runs them: a signaling and a transfer in memory, and a clock whose hands the test turns. */
import { describe, expect, test } from 'vitest';
import type { SignalingEvent } from '../../src/renderer/call/signaling.ts';
import { SignalingUnavailable } from '../../src/renderer/call/signaling.ts';
import { Chat } from '../../src/renderer/chat/chat.ts';
import { Uploads } from '../../src/renderer/chat/uploads.ts';
import { CatalogueError } from '../../src/shared/contract/errors.ts';
import type { Message } from '../../src/shared/signaling/chat.ts';
import type { RequestName } from '../../src/shared/signaling/messages.ts';
import { ManualClock, settle } from './harness/fake-room.ts';

const message = (number: number, change: Partial<Message> = {}): Message => ({
  number,
  id: `message-${number}`,
  from: 'doctor',
  role: 'doctor',
  name: 'Dr. Martín Pérez',
  sentAt: '2026-11-24T10:30:00.000Z',
  text: `text ${number}`,
  ...change,
});

function open(role: 'patient' | 'observer' = 'patient') {
  let tell: (event: SignalingEvent) => void = () => {};
  const asked: { name: RequestName; payload: Record<string, unknown> }[] = [];
  const log: Message[] = [];
  let refusal: Error | undefined;
  const clock = new ManualClock();
  const chat = new Chat({
    clock,
    signaling: {
      onEvent(listener) {
        tell = listener;
        return () => {};
      },
      async request(name: RequestName, payload: unknown) {
        const given = payload as Record<string, unknown>;
        asked.push({ name, payload: given });
        if (refusal) throw refusal;
        if (name === 'messages')
          return { messages: log.slice(Number(given.after)), last: log.length, marks: [] };
        if (name !== 'message') return {};
        const kept = message(log.length + 1, {
          id: String(given.id),
          from: 'self',
          role: 'patient',
          text: String(given.text),
        });
        log.push(kept);
        return { message: kept };
      },
    } as ConstructorParameters<typeof Chat>[0]['signaling'],
  });
  const self = { identity: 'self', role, state: 'admitted' };
  return {
    chat,
    clock,
    asked,
    log,
    refuse: (error: Error | undefined) => {
      refusal = error;
    },
    enter: async () => {
      tell({ type: 'joined', state: { self } } as unknown as SignalingEvent);
      await settle();
    },
    lose: () => tell({ type: 'lost' }),
    tell: (one: Message) => tell({ type: 'message', message: one }),
    mark: (delivered: number, read: number) =>
      tell({ type: 'marks', marks: { identity: 'doctor', delivered, read } }),
    deliveries: () => chat.snapshot().entries.map(({ delivery }) => delivery),
  };
}

describe('the chat', () => {
  test('says of each message of ours how far it has come', async () => {
    const one = open();
    one.chat.write('  hola  ');
    expect(one.chat.snapshot().entries).toMatchObject([{ text: 'hola', delivery: 'waiting', mine: true }]);
    await one.enter();
    expect(one.deliveries()).toEqual(['sent']);
    one.mark(1, 0);
    expect(one.deliveries()).toEqual(['delivered']);
    one.mark(1, 1);
    expect(one.deliveries()).toEqual(['read']);
  });

  test('sends again what the host did not answer, and shows what it refuses', async () => {
    const one = open();
    await one.enter();
    one.refuse(new SignalingUnavailable());
    one.chat.write('hola');
    await settle();
    expect(one.deliveries()).toEqual(['sending']);
    one.refuse(new CatalogueError('NOT_ADMITTED'));
    await one.clock.advance(1_000);
    expect(one.deliveries()).toEqual(['failed']);
    one.refuse(undefined);
    one.chat.retry(one.chat.snapshot().entries[0]?.id ?? '');
    await settle();
    expect(one.deliveries()).toEqual(['sent']);
    const ids = one.asked.filter(({ name }) => name === 'message').map(({ payload }) => payload.id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  test('waits as long as the host says when it was too much', async () => {
    const one = open();
    await one.enter();
    one.refuse(new CatalogueError('TOO_MANY_REQUESTS', { retryAfterSeconds: 7 }));
    one.chat.write('hola');
    await settle();
    one.refuse(undefined);
    await one.clock.advance(6_900);
    expect(one.deliveries()).toEqual(['sending']);
    await one.clock.advance(200);
    expect(one.deliveries()).toEqual(['sent']);
  });

  test('counts what nobody has looked at and tells of it, and not of what is looked at', async () => {
    const one = open();
    let heard = 0;
    one.chat.onUnseen(() => {
      heard += 1;
    });
    await one.enter();
    one.tell(message(1));
    expect([one.chat.snapshot().unread, heard]).toEqual([1, 1]);
    one.chat.look(true);
    one.tell(message(2));
    expect([one.chat.snapshot().unread, heard]).toEqual([0, 1]);
    expect(one.asked.at(-1)).toEqual({ name: 'marks', payload: { delivered: 2, read: 2 } });
  });

  test('keeps out what the host would refuse: control characters, and more than a message holds', async () => {
    const one = open();
    await one.enter();
    one.chat.write('\u0000\u0007 \n');
    one.chat.write(`a\u0000b\r\nc${'😀'.repeat(2_100)}`);
    await settle();
    const [sent] = one.log;
    expect(one.log).toHaveLength(1);
    expect(sent?.text?.startsWith('ab\nc😀')).toBe(true);
    expect(sent?.text?.length).toBeLessThanOrEqual(4_000);
    expect(sent?.text).not.toMatch(/\p{Cs}/u);
  });

  test('asks nothing for somebody who only looks on', async () => {
    const one = open('observer');
    await one.enter();
    one.tell(message(1));
    await one.clock.advance(60_000);
    expect(one.asked).toEqual([]);
    expect(one.chat.snapshot()).toMatchObject({ entries: [], unread: 0 });
  });
});

describe('uploads', () => {
  const whole = 600_000;
  function start() {
    const clock = new ManualClock();
    const done: Message[] = [];
    const parts: number[] = [];
    let received = 0;
    let failure: Error | undefined;
    const answer = () => ({
      fileId: 'file',
      received,
      complete: received === whole,
      ...(received === whole ? { message: message(1) } : {}),
    });
    const uploads = new Uploads({
      clock,
      onDone: (one) => done.push(one),
      transfer: {
        async announce() {
          if (failure) throw failure;
          return answer();
        },
        async part(_fileId, _file, offset) {
          if (failure) throw failure;
          parts.push(offset);
          received = Math.min(whole, offset + 262_144);
          return answer();
        },
        async cancel() {},
      },
    });
    uploads.add([new File([new Uint8Array(whole)], 'a.pdf')]);
    return {
      clock,
      uploads,
      done,
      parts,
      fail: (error: Error | undefined) => {
        failure = error;
      },
    };
  }

  test('go part by part and end as a message', async () => {
    const one = start();
    await settle();
    expect(one.parts).toEqual([0, 262_144, 524_288]);
    expect(one.done).toHaveLength(1);
    expect(one.uploads.snapshot()).toEqual([]);
  });

  test('wait while the host is away and go on where it is', async () => {
    const one = start();
    one.fail(new TypeError('Failed to fetch'));
    await settle();
    expect(one.uploads.snapshot()).toMatchObject([{ state: 'waiting' }]);
    one.fail(undefined);
    await one.clock.advance(10_000);
    expect(one.done).toHaveLength(1);
  });

  test('end with the reason when the host does not take the file, and can be taken off the list', async () => {
    const one = start();
    one.fail(new CatalogueError('FILE_TOO_LARGE', { maxBytes: 10 }));
    await settle();
    const [upload] = one.uploads.snapshot();
    expect(upload).toMatchObject({ state: 'failed', problem: 'FILE_TOO_LARGE', details: { maxBytes: 10 } });
    one.uploads.cancel(upload?.id ?? '');
    expect(one.uploads.snapshot()).toEqual([]);
  });
});
