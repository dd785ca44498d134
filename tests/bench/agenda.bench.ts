/**
 * A clinic with 50,000 consultations: how many times a second its agenda, searches and histories are answered, over HTTP and
 * over a window's message port, beside a bare endpoint of the same server library that answers the same objects.
 */
import { Agent, get } from 'node:http';
import {
  addressOf,
  clinicSize,
  load,
  perSecond,
  type QuestionName,
  questionNames,
} from './agenda/questions.ts';
import { MeasuredProcess } from './measured-process.ts';
import { median, printTable, ratio } from './report.ts';

const agent = new Agent({ keepAlive: true, maxSockets: load.atATime });

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    }).on('error', reject);
  });
}

interface Rates {
  readonly http: number[];
  readonly port: number[];
  readonly bare: number[];
  /** Of the answer, bytes. */
  readonly bytes: number;
  readonly found: number;
}

const runs = Number(process.env.BENCH_RUNS ?? 5);
const host = await MeasuredProcess.start<{ url: string; startMs: number }>('./servers/agenda-host.ts');
const bare = await MeasuredProcess.start<{ url: string }>('./servers/bare-hono.ts');
try {
  const idle = await host.usage();
  const rates = new Map<QuestionName, Rates>();
  for (const name of questionNames) {
    const text = await fetchText(host.ready.url + addressOf(name));
    const answer = JSON.parse(text) as { data: { consultations: unknown[] } };
    await bare.ask({ name, answer });
    rates.set(name, {
      http: [],
      port: [],
      bare: [],
      bytes: text.length,
      found: answer.data.consultations.length,
    });
  }
  // The first run is not counted: what a server does once only is not part of an answer's cost.
  for (let run = -1; run < runs; run += 1) {
    for (const [name, of] of rates) {
      const bareUrl = `${bare.ready.url}/answers/${encodeURIComponent(name)}`;
      const hostUrl = host.ready.url + addressOf(name);
      const bareRate = await perSecond(() => fetchText(bareUrl), load);
      const httpRate = await perSecond(() => fetchText(hostUrl), load);
      const { rate: portRate } = await host.ask<{ rate: number }>({ name });
      if (run < 0) continue;
      of.bare.push(bareRate);
      of.http.push(httpRate);
      of.port.push(portRate);
    }
  }
  const after = await host.usage();
  printTable(
    `Agenda of ${clinicSize.consultations} consultations, answers a second, median of ${runs}`,
    ['', 'found', 'answer', 'bare hono', 'HTTP', 'ratio', 'message port', 'ratio'],
    [...rates].map(([name, of]) => {
      const [bareRate, http, port] = [median(of.bare), median(of.http), median(of.port)];
      return [
        name,
        String(of.found),
        `${(of.bytes / 1024).toFixed(1)} KiB`,
        bareRate.toFixed(0),
        http.toFixed(0),
        ratio(http, bareRate),
        port.toFixed(0),
        ratio(port, bareRate),
      ];
    }),
  );
  const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
  printTable(
    'Host with that database',
    ['', 'idle', 'after the load'],
    [
      ['start to ready', `${host.ready.startMs.toFixed(0)} ms`, ''],
      ['resident memory', mib(idle.rssBytes), mib(after.rssBytes)],
      ['live memory', mib(idle.liveBytes), mib(after.liveBytes)],
    ],
  );
} finally {
  agent.destroy();
  await bare.stop();
  await host.stop();
}
