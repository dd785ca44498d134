/** A Redis and an Egress of our own, as processes of a test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bringEgressTools, bringEgressWorker } from '../../scripts/parts/egress.ts';
import { freePort } from '../support/free-port.ts';

const recorder = fileURLToPath(new URL('egress-worker/recorder.ts', import.meta.url));

export class EgressStandIn {
  readonly redisUrl: string;
  /** What Egress and the host share. */
  readonly folder: string;
  readonly #scratch: string;
  readonly #redis: ChildProcess;
  #worker: ChildProcess | undefined;

  static async start(): Promise<EgressStandIn> {
    await bringEgressTools();
    const scratch = await mkdtemp(join(tmpdir(), 'egress-test-'));
    const port = await freePort();
    const redis = spawn(
      'redis-server',
      ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', scratch],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await line(redis, /Ready to accept connections/);
    return new EgressStandIn(scratch, `redis://127.0.0.1:${port}`, redis);
  }

  private constructor(scratch: string, redisUrl: string, redis: ChildProcess) {
    this.#scratch = scratch;
    this.#redis = redis;
    this.redisUrl = redisUrl;
    this.folder = join(scratch, 'shared');
  }

  /** Starts an Egress. @param configFile what the host has written for it. */
  async startWorker(configFile: string): Promise<void> {
    const worker = spawn(await bringEgressWorker(), [], {
      env: {
        ...process.env,
        REDIS_URL: this.redisUrl,
        RECORDER: `${process.execPath} --disable-warning=ExperimentalWarning ${recorder}`,
        EGRESS_CONFIG_FILE: configFile,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#worker = worker;
    await line(worker, /^ready$/);
  }

  /** As a machine fails: with everything it was recording. */
  async killWorker(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined || worker.exitCode !== null) return;
    const ended = once(worker, 'exit');
    worker.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    await this.killWorker();
    const ended = once(this.#redis, 'exit');
    this.#redis.kill();
    await ended;
    await rm(this.#scratch, { recursive: true, force: true });
  }
}

async function line(child: ChildProcess, wanted: RegExp): Promise<void> {
  if (child.stdout === null) throw new Error('Its output is not read');
  for await (const text of createInterface({ input: child.stdout })) if (wanted.test(text)) return;
  throw new Error(`${child.spawnfile} ended without saying ${wanted}`);
}
