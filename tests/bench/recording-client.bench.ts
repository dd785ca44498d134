/**
 * What recording costs the doctor's computer: two people's pictures and sound composed, encoded, encrypted and handed over, beside
 * two bare MediaRecorders on the very same tracks. See docs/benchmarks.md.
 */
import { startHarness } from '../call/harness/browser.ts';
import { RecordingHost } from '../call/harness/recording-host.ts';
import { browserSeconds } from './call/processor-time.ts';
import { median, printTable, ratio } from './report.ts';

const runs = Number(process.env.BENCH_RUNS ?? 3);
const seconds = Number(process.env.BENCH_RECORDING_SECONDS ?? 15);
/** Encoders find their bitrate in this time, ms. */
const settleTime = 5_000;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const kinds = ['nothing', 'bare', 'ours'] as const;
type Kind = (typeof kinds)[number];

interface Cost {
  /** Processor seconds in each second. */
  readonly processor: number;
  readonly picturesPerSecond: number;
}

/** Two people whose media goes through a real connection in a browser of their own. */
async function measure(kind: Kind): Promise<Cost> {
  const harness = await startHarness('recorder-page');
  try {
    const page = await harness.page();
    const host = await RecordingHost.open();
    await host.serve(page);
    await page.evaluate(async () => {
      await window.recorderHarness.own({ devices: true });
      await window.recorderHarness.remote('p-1', 'Elena Ruiz', { devices: true });
    });
    if (kind === 'ours')
      await page.evaluate((orders) => window.recorderHarness.orders(orders), host.orders({ grant: 1 }));
    if (kind === 'bare') await page.evaluate(() => window.recorderHarness.recordBarely());
    await sleep(settleTime);
    const [before, at, kept] = [
      await browserSeconds(harness.browser),
      performance.now(),
      host.segments.length,
    ];
    await sleep(seconds * 1_000);
    const used = (await browserSeconds(harness.browser)) - before;
    const taken = (performance.now() - at) / 1_000;
    const pictures = host.segments
      .slice(kept)
      .reduce((sum, { packets }) => sum + packets.filter(({ track }) => track === 'video').length, 0);
    return { processor: used / taken, picturesPerSecond: pictures / taken };
  } finally {
    await harness.close();
  }
}

const costs: Record<Kind, Cost[]> = { nothing: [], bare: [], ours: [] };
for (let run = 1; run <= runs; run += 1) for (const kind of kinds) costs[kind].push(await measure(kind));
const of = (kind: Kind) => median(costs[kind].map(({ processor }) => processor));
const [nothing, bare, ours] = [of('nothing'), of('bare'), of('ours')];
const share = (value: number) => `${(value * 100).toFixed(1)} %`;
printTable(
  `A window with two people, over ${seconds} s, median of ${runs} (100 %: one processor core)`,
  ['', 'not recorded', 'bare MediaRecorders', 'ours', 'ours / bare'],
  [
    ['browser', share(nothing), share(bare), share(ours), ratio(ours, bare)],
    [
      'recording alone',
      '',
      share(bare - nothing),
      share(ours - nothing),
      ratio(ours - nothing, bare - nothing),
    ],
    [
      'pictures recorded per second',
      '',
      '',
      median(costs.ours.map(({ picturesPerSecond }) => picturesPerSecond)).toFixed(1),
    ],
  ],
);
