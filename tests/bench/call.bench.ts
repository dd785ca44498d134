/**
 * Calls in real browsers, beside two bare pages in the same run: how long until the first picture, what is loaded for
 * it, what a running call costs, and how soon it is back after the network was away. See docs/benchmarks.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browserInGroup, cut, cutGroup, mend, whyNot } from './call/lossy-network.ts';
import { type Arrival, BarePair, OurPair, type Pair, type Start } from './call/pairs.ts';
import { frameAfter, framesBetween, remotePicture, watchPictures } from './call/picture-clock.ts';
import { browserSeconds, processSeconds } from './call/processor-time.ts';
import { MeasuredProcess } from './measured-process.ts';
import { kilobytes, median, printTable, ratio } from './report.ts';

type Kind = 'bare' | 'livekit' | 'p2p' | 'sfu';
const kinds: readonly Kind[] = ['bare', 'livekit', 'p2p', 'sfu'];
const columns = [
  '',
  'bare pages',
  'bare LiveKit',
  'P2P',
  'SFU',
  'P2P / bare',
  'SFU / bare',
  'SFU / LiveKit',
  'goal',
];

const runs = Number(process.env.BENCH_RUNS ?? 10);
/** Some figures need long calls; fewer of them are enough, as each is a mean over its time. */
const longRuns = Math.min(runs, Number(process.env.BENCH_LONG_RUNS ?? 3));
const only = process.env.BENCH_ONLY?.split(',');
/** Leaves out the other kinds of call, for looking closer at one. */
const measured = kinds.filter((kind) => process.env.BENCH_KINDS?.split(',').includes(kind) ?? true);
const callSeconds = Number(process.env.BENCH_CALL_SECONDS ?? 15);
const lossSeconds = Number(process.env.BENCH_LOSS_SECONDS ?? 5);
/** Encoders find their bitrate in this time, ms. */
const settleTime = 5_000;
/** Who has no picture after this time, ms, will not get one. */
const patience = 30_000;

const folder = await mkdtemp(join(tmpdir(), 'autamedica-bench-media-'));
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const say = (text: string) => process.stderr.write(`${text}\n`);
const wanted = (name: string) => !only || only.includes(name);
const milliseconds = (value: number) => `${value.toFixed(0)} ms`;

interface Servers {
  readonly bare: MeasuredProcess<{ url: string }>;
  readonly livekit: MeasuredProcess<{ url: string; videoServer: number }>;
  readonly host: MeasuredProcess<{ url: string; videoServer: number }>;
}

async function withServers(work: (servers: Servers) => Promise<void>, gid?: number): Promise<void> {
  const started: MeasuredProcess<unknown>[] = [];
  const start = async <Name extends keyof Servers>(module: string): Promise<Servers[Name]> => {
    const server = await MeasuredProcess.start<Servers[Name]['ready']>(module, {}, gid);
    started.push(server);
    return server as Servers[Name];
  };
  try {
    const bare = await start<'bare'>('./servers/bare-call.ts');
    const livekit = await start<'livekit'>('./servers/bare-livekit.ts');
    const host = await start<'host'>('./servers/call-host.ts');
    await work({ bare, livekit, host });
  } finally {
    for (const server of started.reverse()) await server.stop();
  }
}

function openPair(kind: Kind, { bare, livekit, host }: Servers): Promise<Pair> {
  switch (kind) {
    case 'bare':
      return BarePair.open(bare.ready.url, folder);
    case 'livekit':
      return BarePair.open(livekit.ready.url, folder);
    case 'p2p':
    case 'sfu':
      return OurPair.open(host.ready.url, kind, folder);
  }
}

/** A pair of new browsers for each kind, run after run, so that what the machine does meanwhile meets all alike. */
async function measure<T>(
  name: string,
  count: number,
  servers: Servers,
  work: (pair: Pair, kind: Kind) => Promise<T>,
): Promise<Record<Kind, T[]>> {
  const results: Record<Kind, T[]> = { bare: [], livekit: [], p2p: [], sfu: [] };
  for (let run = 1; run <= count; run += 1) {
    for (const kind of measured) {
      const pair = await openPair(kind, servers);
      try {
        const result = await work(pair, kind);
        results[kind].push(result);
        if (process.env.BENCH_DETAILS) say(`${name} ${run} ${kind} ${JSON.stringify(result)}`);
      } catch (error) {
        // One call that did not come about is said, and does not end the measurement.
        say(`${name}, run ${run}, ${kind}: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        await pair.close();
      }
    }
  }
  return results;
}

function row<T>(
  name: string,
  results: Record<Kind, T[]>,
  pick: (result: T) => number | undefined,
  unit: (value: number) => string,
  goal = '',
): string[] {
  const values = Object.fromEntries(
    kinds.map((kind) => {
      const picked = results[kind].map(pick).filter((value) => value !== undefined);
      return [kind, picked.length > 0 ? median(picked) : undefined];
    }),
  ) as Record<Kind, number | undefined>;
  const { bare, livekit, p2p, sfu } = values;
  const show = (value: number | undefined) => (value === undefined ? '–' : unit(value));
  const compare = (value: number | undefined, floor: number | undefined) =>
    value === undefined || !floor ? '–' : ratio(value, floor);
  const shown = [bare, livekit, p2p, sfu].map(show);
  return [name, ...shown, compare(p2p, bare), compare(sfu, bare), compare(sfu, livekit), goal];
}

interface Beginning {
  readonly cold: Arrival;
  readonly warm: Arrival;
  readonly start: Start;
}

function printBeginnings(results: Record<Kind, Beginning[]>): void {
  printTable(`First picture, median of ${runs}`, columns, [
    row(
      'click → frame, who clicked (doctor)',
      results,
      ({ start }) => start.clicker,
      milliseconds,
      '≤ 1.5 ×',
    ),
    row('click → frame, who waited (patient)', results, ({ start }) => start.other, milliseconds, '≤ 1.5 ×'),
    row('link → frame, new profile', results, ({ cold }) => cold.ms, milliseconds, '≤ 1.5 ×'),
    row('link → frame, second visit', results, ({ warm }) => warm.ms, milliseconds, '≤ 1.5 ×'),
  ]);
  const sum =
    (until: (arrival: Arrival) => number) =>
    ({ cold }: Beginning) =>
      cold.scripts.filter(({ at }) => at <= until(cold)).reduce((total, { bytes }) => total + bytes, 0);
  printTable('Compressed JavaScript on the page of who comes', columns.slice(0, 5).concat('goal'), [
    [
      ...row(
        'until the waiting room shows',
        results,
        sum(({ marks }) => marks.waiting ?? 0),
        kilobytes,
      ).slice(0, 5),
      '≤ 180 KB',
    ],
    [
      ...row(
        'with what loads while waiting',
        results,
        sum(({ ms }) => ms),
        kilobytes,
      ).slice(0, 5),
      '',
    ],
  ]);
}

interface Cost {
  readonly browsers: number;
  readonly host: number | undefined;
  readonly videoServer: number | undefined;
  readonly picture: string;
  readonly framesPerSecond: number;
}

/** Processor seconds in each second of a running call. */
async function costOf(pair: Pair, kind: Kind, servers: Servers): Promise<Cost> {
  await pair.start();
  await sleep(settleTime);
  const server = kind === 'bare' ? servers.bare : kind === 'livekit' ? servers.livekit : servers.host;
  const videoServer = kind === 'livekit' ? servers.livekit : servers.host;
  const take = async () => ({
    at: performance.now(),
    browsers: (await Promise.all(pair.browsers.map(browserSeconds))).reduce((sum, one) => sum + one, 0),
    host: (await server.usage()).cpuMs / 1_000,
    videoServer: await processSeconds(videoServer.ready.videoServer),
    pictures: await Promise.all(pair.pages.map(remotePicture)),
  });
  const before = await take();
  await sleep(callSeconds * 1_000);
  const after = await take();
  const seconds = (after.at - before.at) / 1_000;
  const each = (start: number | undefined, end: number | undefined) =>
    start === undefined || end === undefined ? undefined : (end - start) / seconds;
  const [picture] = after.pictures;
  return {
    browsers: (after.browsers - before.browsers) / seconds,
    host: each(before.host, after.host),
    videoServer:
      kind === 'sfu' || kind === 'livekit' ? each(before.videoServer, after.videoServer) : undefined,
    picture: `${picture?.width}×${picture?.height}`,
    framesPerSecond: ((picture?.frames ?? 0) - (before.pictures[0]?.frames ?? 0)) / seconds,
  };
}

function printCosts(results: Record<Kind, Cost[]>): void {
  const share = (value: number) => `${(value * 100).toFixed(1)} %`;
  printTable(
    `A running call, over ${callSeconds} s, median of ${longRuns} (100 %: one processor core)`,
    columns,
    [
      row('both browsers', results, ({ browsers }) => browsers, share, '≤ 1.15 ×'),
      row('host, or bare server', results, ({ host }) => host, share),
      row('video server', results, ({ videoServer }) => videoServer, share),
      row(
        'frames shown per second',
        results,
        ({ framesPerSecond }) => framesPerSecond,
        (value) => value.toFixed(1),
      ),
      ['picture', ...kinds.map((kind) => results[kind].at(-1)?.picture ?? '–')],
    ],
  );
}

interface Return {
  readonly first: number | undefined;
  readonly second: number | undefined;
}

/** How long after the end of a loss the next frame is shown on either side, ms. */
async function returnAfterLoss(pair: Pair, what: 'udp' | 'all'): Promise<Return> {
  await pair.start();
  await sleep(settleTime);
  await Promise.all(pair.pages.map(watchPictures));
  const refused = cut(what);
  if (refused) throw new Error(refused);
  try {
    await sleep(lossSeconds * 1_000);
  } finally {
    mend();
  }
  const end = Date.now();
  // What was already on its way may be shown for a moment, but then nothing may come.
  for (const page of pair.pages) {
    const frames = await framesBetween(page, end - (lossSeconds * 1_000) / 2, end);
    if (frames > 0) throw new Error(`${frames} frames came while the network was cut`);
  }
  const [first, second] = await Promise.all(pair.pages.map((page) => frameAfter(page, end, patience)));
  return {
    first: first === undefined ? undefined : first - end,
    second: second === undefined ? undefined : second - end,
  };
}

async function measureLosses(): Promise<void> {
  const reason = whyNot();
  if (reason) {
    process.stdout.write(`Return after ${lossSeconds} s of loss: skipped: ${reason}\n\n`);
    return;
  }
  const before = process.env.AUTAMEDICA_BROWSER;
  process.env.AUTAMEDICA_BROWSER = await browserInGroup(folder);
  try {
    await withServers(async (servers) => {
      for (const what of ['udp', 'all'] as const) {
        const results = await measure(`loss (${what})`, longRuns, servers, (pair) =>
          returnAfterLoss(pair, what),
        );
        const lost = what === 'udp' ? 'all media' : 'everything, signaling too';
        printTable(`Return after ${lossSeconds} s without ${lost}, median of ${longRuns}`, columns, [
          row('first frame at the doctor', results, ({ first }) => first, milliseconds),
          row('first frame at the patient', results, ({ second }) => second, milliseconds),
        ]);
      }
    }, cutGroup);
  } finally {
    if (before === undefined) delete process.env.AUTAMEDICA_BROWSER;
    else process.env.AUTAMEDICA_BROWSER = before;
  }
}

try {
  await withServers(async (servers) => {
    if (wanted('start')) {
      printBeginnings(
        await measure('start', runs, servers, async (pair): Promise<Beginning> => {
          const cold = await pair.arrive('cold');
          const warm = await pair.arrive('warm');
          return { cold, warm, start: await pair.start() };
        }),
      );
    }
    if (wanted('cpu'))
      printCosts(await measure('cpu', longRuns, servers, (pair, kind) => costOf(pair, kind, servers)));
  });
  if (wanted('loss')) await measureLosses();
} finally {
  mend();
  await rm(folder, { recursive: true, force: true });
}
