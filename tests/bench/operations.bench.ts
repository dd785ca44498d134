/**
 * Operations per second over both doors, beside a bare endpoint of the same server library and a bare message port in the
 * same run, and the host's memory. Creating is durable: each answer was written and synchronised to the disk.
 */
import { Agent, request } from 'node:http';
import { countFor } from './count-for.ts';
import { MeasuredProcess } from './measured-process.ts';
import { type MeasuredOperation, measuredOperations } from './operations.ts';
import { kib, median, printTable, ratio } from './report.ts';
import type { Counted, PortQuestion } from './servers/port-calls.ts';

const runs = Number(process.env.BENCH_RUNS ?? 5);
const counting = {
  warmUpMs: 500,
  measureMs: 1_000 * Number(process.env.BENCH_OPERATION_SECONDS ?? 2),
  concurrency: 16,
};

type Server = MeasuredProcess<{ url: string }>;

function send(
  url: string,
  agent: Agent,
  { method, path, body }: Pick<MeasuredOperation, 'method' | 'path' | 'body'>,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = body && JSON.stringify(body());
    const sent = request(
      `${url}${path}`,
      {
        method,
        agent,
        headers: text
          ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
          : {},
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const answer = Buffer.concat(parts).toString();
          if (response.statusCode === 200) resolve(JSON.parse(answer));
          else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${answer}`));
        });
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

interface Figures {
  readonly http: number;
  /** Processor time of the server for one call over HTTP, ms. */
  readonly cpuMs: number;
  readonly port: number;
}

async function measure(server: Server, operation: MeasuredOperation): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: counting.concurrency });
  const before = await server.usage();
  let calls = 0;
  const http = await countFor(async () => {
    await send(server.ready.url, agent, operation);
    calls += 1;
  }, counting);
  const after = await server.usage();
  agent.destroy();
  const question: PortQuestion = { operation: operation.name, ...counting };
  const port = await server.ask<Counted>(question);
  return {
    http: http.calls / http.seconds,
    cpuMs: (after.cpuMs - before.cpuMs) / calls,
    port: port.calls / port.seconds,
  };
}

interface Run {
  readonly host: ReadonlyMap<string, Figures>;
  readonly bare: ReadonlyMap<string, Figures>;
  readonly idleBytes: number;
  readonly afterBytes: number;
}

async function runOnce(): Promise<Run> {
  const host: Server = await MeasuredProcess.start('./servers/operations-host.ts');
  const bare: Server = await MeasuredProcess.start('./servers/bare-operations.ts');
  const agent = new Agent({ keepAlive: true });
  try {
    const idle = await host.usage();
    for (let index = 0; index < 50; index += 1) {
      const body = () => ({
        consultationId: `asked-for-${index}`,
        patientId: `patient-${index}`,
        doctorId: `doctor-${index}`,
        patientName: 'Elena Ruiz',
        doctorName: 'Dr. Martín Pérez',
      });
      await send(host.ready.url, agent, { method: 'POST', path: '/api/consultations/create', body });
    }
    const answers: Record<string, unknown> = {};
    for (const operation of measuredOperations)
      answers[operation.name] = await send(host.ready.url, agent, operation);
    await bare.ask({ answers });

    const figures = { host: new Map<string, Figures>(), bare: new Map<string, Figures>() };
    for (const operation of measuredOperations) {
      figures.bare.set(operation.name, await measure(bare, operation));
      figures.host.set(operation.name, await measure(host, operation));
    }
    return { ...figures, idleBytes: idle.rssBytes, afterBytes: (await host.usage()).rssBytes };
  } finally {
    agent.destroy();
    await Promise.all([host.stop(), bare.stop()]);
  }
}

const done: Run[] = [];
for (let run = 0; run < runs; run += 1) done.push(await runOnce());

function medianOf(name: string, side: 'host' | 'bare', pick: (figures: Figures) => number): number {
  return median(
    done.map((run) => {
      const figures = run[side].get(name);
      if (figures === undefined) throw new Error(`${name} was not measured`);
      return pick(figures);
    }),
  );
}

for (const [title, reference, pick] of [
  ['Operations over HTTP', 'bare hono', (figures: Figures) => figures.http],
  ['Operations over a message port', 'bare port', (figures: Figures) => figures.port],
] as const) {
  printTable(
    `${title}, per second, ${counting.concurrency} at a time, median of ${runs}`,
    ['', 'host', reference, 'ratio'],
    measuredOperations.map(({ name, words }) => {
      const host = medianOf(name, 'host', pick);
      const bare = medianOf(name, 'bare', pick);
      return [words, host.toFixed(0), bare.toFixed(0), ratio(host, bare)];
    }),
  );
}
printTable(
  'Server CPU of an operation over HTTP',
  ['', 'host', 'bare hono', 'ratio'],
  measuredOperations.map(({ name, words }) => {
    const host = medianOf(name, 'host', (figures) => figures.cpuMs);
    const bare = medianOf(name, 'bare', (figures) => figures.cpuMs);
    return [words, `${host.toFixed(3)} ms`, `${bare.toFixed(3)} ms`, ratio(host, bare)];
  }),
);
printTable(
  'Memory of the host',
  ['', ''],
  [
    ['resident, idle', kib(median(done.map((run) => run.idleBytes)))],
    ['resident, after all of the above', kib(median(done.map((run) => run.afterBytes)))],
  ],
);
