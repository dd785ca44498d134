/**
 * The chat of 500 two-person rooms: how long a message takes to the other side and until it is acknowledged as durable, and
 * what it costs the server, beside a bare Socket.io relay in the same run, which keeps nothing. Each room says something once
 * a second, both sides in turn. With marks: the other side also says that it received and read it, which is kept too.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { MeasuredProcess, type Usage } from './measured-process.ts';
import { median, percentile, printTable, ratio } from './report.ts';

const rooms = Number(process.env.BENCH_ROOMS ?? 500);
const runs = Number(process.env.BENCH_RUNS ?? 5);
const seconds = 10;
const warmUpSeconds = 3;
/** Rooms joined at a time. */
const concurrency = 20;

interface Names {
  /** What is asked, and what the other side is told. */
  readonly ask: string;
  readonly told: string;
}

interface Figures {
  readonly delivery: readonly number[];
  readonly acknowledged: readonly number[];
  readonly cpuPerMessageMs: number;
}

type Pair = readonly [Socket, Socket];

async function enter(url: string, auth: Record<string, unknown>): Promise<Socket> {
  const socket = io(url, { auth, transports: ['websocket'], forceNew: true, reconnection: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  const answer = await socket.timeout(20_000).emitWithAck('join', {});
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  return socket;
}

async function enterAll(
  url: string,
  auths: readonly (readonly Record<string, unknown>[])[],
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const queue = [...auths];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let pair = queue.shift(); pair; pair = queue.shift()) {
        const [first = {}, second = {}] = pair;
        pairs.push([await enter(url, first), await enter(url, second)]);
      }
    }),
  );
  return pairs;
}

/** Says something in each room once a second, spread evenly, whether or not the last one has arrived. */
async function talk(
  pairs: readonly Pair[],
  { ask, told }: Names,
  { during, round, marks }: { during: number; round: string; marks: boolean },
): Promise<{ delivery: number[]; acknowledged: number[] }> {
  const delivery: number[] = [];
  const acknowledged: number[] = [];
  const underway: Promise<unknown>[] = [];
  const sentAt = new Map<string, number>();
  const arrivals = new Map<string, () => void>();
  for (const socket of pairs.flat()) {
    socket.on(told, (message: { id: string; number?: number }) => {
      const sent = sentAt.get(message.id);
      if (sent === undefined) return;
      delivery.push(performance.now() - sent);
      arrivals.get(message.id)?.();
      if (!marks) return;
      const { number = 0 } = message;
      underway.push(socket.timeout(20_000).emitWithAck('marks', { delivered: number, read: number }));
    });
  }
  const begin = performance.now();
  const total = during * pairs.length;
  for (let count = 0; count < total; count += 1) {
    const ahead = begin + (count * 1_000) / pairs.length - performance.now();
    if (ahead > 1) await pause(ahead);
    const pair = pairs[count % pairs.length];
    const socket = pair?.[Math.floor(count / pairs.length) % 2];
    if (!socket) throw new Error('There is nobody in the room');
    const id = `${round}-message-${count}`;
    sentAt.set(id, performance.now());
    underway.push(new Promise<void>((arrived) => arrivals.set(id, arrived)));
    underway.push(
      socket
        .timeout(20_000)
        .emitWithAck(ask, { id, text: 'Perfecto. Cuando puedas, mandame el último análisis.' })
        .then((answer: { ok: boolean }) => {
          if (!answer.ok) throw new Error(JSON.stringify(answer));
          acknowledged.push(performance.now() - (sentAt.get(id) ?? 0));
        }),
    );
  }
  // What is said last adds marks of its own.
  for (let done = 0; done < underway.length; done += 1) await underway[done];
  for (const socket of pairs.flat()) socket.off(told);
  return { delivery, acknowledged };
}

async function measure(
  pairs: readonly Pair[],
  names: Names,
  marks: boolean,
  usage: () => Promise<Usage>,
): Promise<Figures> {
  await talk(pairs, names, { during: warmUpSeconds, round: 'warm', marks });
  const before = await usage();
  const { delivery, acknowledged } = await talk(pairs, names, { during: seconds, round: 'run', marks });
  const after = await usage();
  for (const socket of pairs.flat()) socket.disconnect();
  return { delivery, acknowledged, cpuPerMessageMs: (after.cpuMs - before.cpuMs) / delivery.length };
}

async function measureHost(marks: boolean): Promise<Figures> {
  const host = await MeasuredProcess.start<{ url: string }>('./servers/host.ts');
  try {
    const made = await host.ask<{ doctor: string; patient: string }[]>({ rooms, waitingRoom: false });
    const pairs = await enterAll(
      host.ready.url,
      made.map(({ doctor, patient }) => [{ token: doctor }, { token: patient }]),
    );
    return await measure(pairs, { ask: 'message', told: 'message' }, marks, () => host.usage());
  } finally {
    await host.stop();
  }
}

async function measureBare(): Promise<Figures> {
  const bare = await MeasuredProcess.start<{ url: string }>('./servers/bare-relay.ts');
  try {
    const auths = Array.from({ length: rooms }, (_, index) => [
      { room: `r-${index}` },
      { room: `r-${index}` },
    ]);
    const pairs = await enterAll(bare.ready.url, auths);
    return await measure(pairs, { ask: 'signal', told: 'signal' }, false, () => bare.usage());
  } finally {
    await bare.stop();
  }
}

const bare: Figures[] = [];
const plain: Figures[] = [];
const marked: Figures[] = [];
for (let run = 0; run < runs; run += 1) {
  bare.push(await measureBare());
  plain.push(await measureHost(false));
  marked.push(await measureHost(true));
}
const row = (name: string, pick: (figures: Figures) => number, digits: number) => {
  const [reference, kept, withMarks] = [bare, plain, marked].map((all) => median(all.map(pick)));
  if (reference === undefined || kept === undefined || withMarks === undefined)
    throw new Error('Nothing measured');
  const unit = (value: number) => `${value.toFixed(digits)} ms`;
  return [
    name,
    unit(kept),
    ratio(kept, reference),
    unit(withMarks),
    ratio(withMarks, reference),
    unit(reference),
  ];
};
printTable(
  `Chat, ${rooms} two-person rooms, one message a second each, median of ${runs}`,
  ['', 'host', '', 'with marks', '', 'bare socket.io'],
  [
    row('to the other side, p50', ({ delivery }) => percentile(delivery, 0.5), 1),
    row('to the other side, p99', ({ delivery }) => percentile(delivery, 0.99), 1),
    row('until acknowledged, p50', ({ acknowledged }) => percentile(acknowledged, 0.5), 1),
    row('until acknowledged, p99', ({ acknowledged }) => percentile(acknowledged, 0.99), 1),
    row('server CPU per message', ({ cpuPerMessageMs }) => cpuPerMessageMs, 3),
  ],
);
