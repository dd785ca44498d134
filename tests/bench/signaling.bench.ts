/**
 * Signaling of many two-person rooms: set-ups per second, processor time per room, latency and memory per connection,
 * beside a bare Socket.io relay in the same run. One set-up: two people connect, join, exchange a 4 KB offer and answer
 * and 20 candidates each way, everything acknowledged.
 */
import { io, type Socket } from 'socket.io-client';
import { MeasuredProcess, type Usage } from './measured-process.ts';
import { kib, median, percentile, printTable, ratio } from './report.ts';

interface Side {
  readonly auth: Record<string, unknown>;
  readonly identity: string;
}
type Pair = readonly [Side, Side];

const description = (type: string) => ({ connection: 'c', description: { type, sdp: 'x'.repeat(4_096) } });
const candidate = {
  connection: 'c',
  candidate: {
    candidate: 'candidate:842163049 1 udp 1677729535 198.51.100.7 61764 typ srflx raddr 0.0.0.0 rport 0',
    sdpMid: '0',
    sdpMLineIndex: 0,
  },
};
const candidatesEachWay = 20;
/** Rooms being set up at a time. */
const concurrency = 20;
const warmUpRooms = 40;

function connect(url: string, auth: Record<string, unknown>): Promise<Socket> {
  const socket = io(url, { auth, transports: ['websocket'], forceNew: true, reconnection: false });
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('connect_error', reject);
  });
}

/** Sends one signal and is done when the other side has it. */
async function deliver(
  from: Socket,
  to: Socket,
  receiver: string,
  signal: object,
  latencies: number[],
): Promise<void> {
  const sent = performance.now();
  const arrived = new Promise<void>((resolve) => to.once('signal', () => resolve()));
  const answer = await from.timeout(20_000).emitWithAck('signal', { to: receiver, signal });
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  await arrived;
  latencies.push(performance.now() - sent);
}

async function setUp(url: string, [a, b]: Pair, latencies: number[]): Promise<Socket[]> {
  const [first, second] = await Promise.all([connect(url, a.auth), connect(url, b.auth)]);
  for (const socket of [first, second]) {
    const answer = await socket.timeout(20_000).emitWithAck('join', {});
    if (!answer.ok) throw new Error(JSON.stringify(answer));
  }
  await deliver(first, second, b.identity, description('offer'), latencies);
  await deliver(second, first, a.identity, description('answer'), latencies);
  for (let index = 0; index < candidatesEachWay; index += 1) {
    await Promise.all([
      deliver(first, second, b.identity, candidate, latencies),
      deliver(second, first, a.identity, candidate, latencies),
    ]);
  }
  return [first, second];
}

/** Sets up all rooms, some at a time. */
async function setUpAll(url: string, pairs: readonly Pair[], latencies: number[]): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const queue = [...pairs];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let pair = queue.shift(); pair; pair = queue.shift())
        sockets.push(...(await setUp(url, pair, latencies)));
    }),
  );
  return sockets;
}

function disconnect(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('disconnect', () => resolve());
    socket.disconnect();
  });
}

interface Figures {
  readonly roomsPerSecond: number;
  readonly cpuPerRoomMs: number;
  readonly p99Ms: number;
  readonly liveBytesPerConnection: number;
  readonly residentBytesPerConnection: number;
}

async function measure(url: string, pairs: readonly Pair[], usage: () => Promise<Usage>): Promise<Figures> {
  // What a server does once only (compiling, first allocations) is not part of a room's cost.
  const warmUp = await setUpAll(url, pairs.slice(0, warmUpRooms), []);
  await Promise.all(warmUp.map(disconnect));

  const before = await usage();
  const latencies: number[] = [];
  const start = performance.now();
  const sockets = await setUpAll(url, pairs, latencies);
  const seconds = (performance.now() - start) / 1000;
  const after = await usage();
  await Promise.all(sockets.map(disconnect));
  return {
    roomsPerSecond: pairs.length / seconds,
    cpuPerRoomMs: (after.cpuMs - before.cpuMs) / pairs.length,
    p99Ms: percentile(latencies, 0.99),
    liveBytesPerConnection: (after.liveBytes - before.liveBytes) / sockets.length,
    residentBytesPerConnection: (after.rssBytes - before.rssBytes) / sockets.length,
  };
}

/** A fresh process for every measurement, so that one does not warm up or fill the next. */
async function measureHost(rooms: number): Promise<Figures & { idleBytes: number; startMs: number }> {
  const host = await MeasuredProcess.start<{ url: string; startMs: number }>('./servers/host.ts');
  try {
    const idle = await host.usage();
    const made = await host.ask<{ doctor: string; patient: string; doctorId: string; patientId: string }[]>({
      rooms,
    });
    const pairs = made.map(
      (room): Pair => [
        { auth: { token: room.doctor }, identity: room.doctorId },
        { auth: { token: room.patient }, identity: room.patientId },
      ],
    );
    const figures = await measure(host.ready.url, pairs, () => host.usage());
    return { ...figures, idleBytes: idle.rssBytes, startMs: host.ready.startMs };
  } finally {
    await host.stop();
  }
}

async function measureBare(rooms: number): Promise<Figures> {
  const bare = await MeasuredProcess.start<{ url: string }>('./servers/bare-relay.ts');
  try {
    const pairs = Array.from({ length: rooms }, (_, index): Pair => {
      const auth = { room: `r-${index}` };
      return [
        { auth, identity: 'a' },
        { auth, identity: 'b' },
      ];
    });
    return await measure(bare.ready.url, pairs, () => bare.usage());
  } finally {
    await bare.stop();
  }
}

const runs = Number(process.env.BENCH_RUNS ?? 5);
for (const rooms of [50, 500]) {
  const hosts: Awaited<ReturnType<typeof measureHost>>[] = [];
  const bares: Figures[] = [];
  for (let run = 0; run < runs; run += 1) {
    bares.push(await measureBare(rooms));
    hosts.push(await measureHost(rooms));
  }
  const row = (name: string, pick: (figures: Figures) => number, unit: (value: number) => string) => {
    const host = median(hosts.map(pick));
    const bare = median(bares.map(pick));
    return [name, unit(host), unit(bare), ratio(host, bare)];
  };
  printTable(
    `Signaling, ${rooms} two-person rooms, median of ${runs}`,
    ['', 'host', 'bare socket.io', 'ratio'],
    [
      row(
        'set-ups per second',
        (f) => f.roomsPerSecond,
        (value) => value.toFixed(0),
      ),
      row(
        'server CPU per room',
        (f) => f.cpuPerRoomMs,
        (value) => `${value.toFixed(2)} ms`,
      ),
      row(
        'p99 of a signal',
        (f) => f.p99Ms,
        (value) => `${value.toFixed(1)} ms`,
      ),
      row('live memory per connection', (f) => f.liveBytesPerConnection, kib),
      row('resident memory per connection', (f) => f.residentBytesPerConnection, kib),
    ],
  );
  printTable(
    `Host, ${rooms} rooms`,
    ['', ''],
    [
      ['start to ready', `${median(hosts.map((h) => h.startMs)).toFixed(0)} ms`],
      ['resident memory idle', kib(median(hosts.map((h) => h.idleBytes)))],
      ['resident memory per room', kib(median(hosts.map((h) => h.residentBytesPerConnection * 2)))],
    ],
  );
}
