/** Keeps an embedded livekit-server running: finds or brings it, starts it, and starts it again when it ends. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LiveKitStatus } from '../../../shared/contract/contract.ts';
import type { Log } from '../runtime/log.ts';
import { bringLiveKitServer } from './bring-server.ts';
import { type Environment, findServer } from './find-server.ts';
import { freePorts, type ServerPorts } from './ports.ts';
import { isListening, type RedisConfig } from './redis.ts';
import type { Release } from './release.ts';
import { type ApiKey, egressConfig, serverConfig } from './server-config.ts';
import { writeServerLine } from './server-log.ts';
import { ServerProcess } from './server-process.ts';
import { endStrayServer, forgetServer, rememberServer } from './stray-server.ts';

export interface SupervisorOptions {
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly resourcesDir: string | undefined;
  readonly serverPath: string | undefined;
  readonly environment: Environment;
  readonly internal: ApiKey;
  readonly nodeIp: () => string;
  readonly hostDoorUrl: () => string;
  readonly redis?: RedisConfig | undefined;
  readonly log: Log;
  readonly onStatus: (status: LiveKitStatus) => void;
  readonly release?: Release | undefined;
}

/** A run this long was a good one: what failed before it is forgotten. */
const goodRunMs = 60_000;
const firstBackoffMs = 200;
const longestBackoffMs = 10_000;
const failuresUntilFailed = 5;
/** How often a missing server is looked for, and how long after a failed try it is fetched again. */
const lookAgainMs = 5_000;
const firstBringAgainMs = 60_000;
const longestBringAgainMs = 30 * 60_000;

/** How long to wait after a number of failures in a row, in milliseconds. */
export function restartDelay(failures: number): number {
  return Math.min(firstBackoffMs * 2 ** (failures - 1), longestBackoffMs);
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #ending = new AbortController();
  readonly #configFile: string;
  readonly #egressConfigFile: string;
  readonly #pidFile: string;
  #running: Promise<void> | undefined;
  #server: ServerProcess | undefined;
  #ports: ServerPorts | undefined;
  #version: string | undefined;
  /** The address media is offered at. */
  #nodeIp: string | undefined;
  /** Being started again for another address, which is no failure. */
  #moving = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const folder = join(options.dataDir, 'livekit');
    this.#configFile = join(folder, 'server.json');
    this.#egressConfigFile = join(folder, 'egress.yaml');
    this.#pidFile = join(folder, 'server.pid');
  }

  /** Where the server listens; undefined before its first start. */
  get ports(): ServerPorts | undefined {
    return this.#ports;
  }

  start(): void {
    this.#running ??= this.#run().catch((cause: unknown) => {
      if (this.#ending.signal.aborted) return;
      this.#options.log.error('The video server is no longer supervised', cause);
      this.#report({ state: 'failed', detail: `The video server cannot be run: ${messageOf(cause)}` });
    });
  }

  /** Starts the server again when it offers media at another address than it should; calls come back by themselves. */
  addressChanged(): void {
    if (this.#server === undefined || this.#options.nodeIp() === this.#nodeIp) return;
    this.#moving = true;
    void this.#server.stop();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#server?.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    await mkdir(join(this.#options.dataDir, 'livekit'), { recursive: true, mode: 0o700 });
    if (await endStrayServer(this.#pidFile, this.#configFile)) {
      this.#options.log.warn('Ended a livekit-server that an earlier run had left behind');
    }
    let failures = 0;
    try {
      while (!signal.aborted) {
        const binary = await this.#obtain();
        const startedAt = Date.now();
        if (failures < failuresUntilFailed)
          this.#report({ state: 'starting', detail: 'The video server is starting' });
        const reason = await this.#runOnce(binary);
        if (signal.aborted) break;
        if (this.#moving) {
          this.#moving = false;
          failures = 0;
          continue;
        }
        failures = Date.now() - startedAt >= goodRunMs ? 1 : failures + 1;
        if (failures >= failuresUntilFailed) {
          const detail = `The video server keeps ending. ${reason}. Calls are direct until it runs; see the host's log, or set LIVEKIT_SERVER to another livekit-server.`;
          this.#report({ state: 'failed', detail });
        } else {
          this.#report({ state: 'starting', detail: `The video server is starting again. ${reason}.` });
        }
        this.#options.log.warn(`${reason}; starting it again`);
        await delay(restartDelay(failures), undefined, { signal });
      }
    } finally {
      for (const file of [this.#configFile, this.#egressConfigFile]) await rm(file, { force: true });
      await forgetServer(this.#pidFile);
    }
  }

  /** Looks for a server, and brings one when there is none; returns only with one. */
  async #obtain(): Promise<string> {
    const { signal } = this.#ending;
    let bringAgainAt = 0;
    let bringAgainMs = firstBringAgainMs;
    for (;;) {
      signal.throwIfAborted();
      try {
        const found = await findServer(this.#options);
        if (found) return await this.#noteVersion(found);
        if (Date.now() >= bringAgainAt) {
          return await this.#noteVersion(await this.#bring());
        }
      } catch (cause) {
        signal.throwIfAborted();
        this.#report({ state: 'absent', detail: messageOf(cause) });
        this.#options.log.warn(messageOf(cause));
        bringAgainAt = Date.now() + bringAgainMs;
        bringAgainMs = Math.min(bringAgainMs * 2, longestBringAgainMs);
      }
      await delay(lookAgainMs, undefined, { signal });
    }
  }

  #bring(): Promise<string> {
    const { cacheDir, environment, log, release } = this.#options;
    log.info('There is no livekit-server on this computer; bringing it');
    let announced = '';
    return bringLiveKitServer({
      cacheDir,
      environment,
      log,
      release,
      signal: this.#ending.signal,
      onProgress: ({ detail, progress, packages }) => {
        // A line for each ten percent: the terminal shows that something moves.
        const step = progress === undefined ? detail : `${detail}: ${Math.floor(progress * 10) * 10} %`;
        if (step !== announced) log.info(step);
        announced = step;
        const counted = packages === undefined ? detail : `${detail}: ${packages} packages so far`;
        this.#report({ state: 'bringing', detail: counted, ...(progress === undefined ? {} : { progress }) });
      },
    });
  }

  async #noteVersion(binary: string): Promise<string> {
    const { stdout } = await promisify(execFile)(binary, ['--version'], { timeout: 10_000 }).catch(() => ({
      stdout: '',
    }));
    this.#version = /version (\S+)/.exec(stdout)?.[1];
    return binary;
  }

  /** @returns why it ended. */
  async #runOnce(binary: string): Promise<string> {
    const { internal, nodeIp, hostDoorUrl, log, environment } = this.#options;
    // The same ports again after a restart, so that nothing else has to change.
    this.#ports ??= await freePorts();
    const ports = this.#ports;
    this.#nodeIp = nodeIp();
    const redis = await this.#redis();
    const doorUrl = hostDoorUrl();
    const webhookUrl = `${doorUrl}/livekit/webhook`;
    await writeAnew(
      this.#configFile,
      serverConfig({ ports, internal, nodeIp: this.#nodeIp, webhookUrl, redis }),
    );
    if (redis !== undefined) await writeAnew(this.#egressConfigFile, egressConfig(doorUrl, internal, redis));

    let server: ServerProcess;
    let bindFailed = false;
    try {
      server = await ServerProcess.start({
        binary,
        configFile: this.#configFile,
        signallingPort: ports.signalling,
        environment,
        onLine: (line) => {
          bindFailed ||= /address already in use|Only one usage of each socket address/i.test(line.text);
          writeServerLine(log, line);
        },
      });
    } catch (cause) {
      return `${binary} could not be started: ${messageOf(cause)}`;
    }
    this.#server = server;
    if (this.#ending.signal.aborted) server.kill();
    await rememberServer(this.#pidFile, server.pid);
    try {
      await server.ready();
      if (!this.#ending.signal.aborted) {
        log.info(
          `livekit-server ${this.#version ?? 'of unknown version'} answers on 127.0.0.1:${ports.signalling}, media on UDP ${ports.media}`,
        );
        this.#report({ state: 'ready' });
      }
      return await server.watch();
    } catch (cause) {
      server.kill();
      await server.ended;
      if (bindFailed) this.#ports = undefined;
      return messageOf(cause);
    } finally {
      this.#server = undefined;
    }
  }

  /** Calls do not need it, so they do not wait for it. */
  async #redis(): Promise<RedisConfig | undefined> {
    const { redis, log } = this.#options;
    if (redis === undefined || (await isListening(redis))) return redis;
    log.warn(
      `Redis at ${redis.address} (REDIS_URL) does not answer: the video server starts without it, and LiveKit Egress cannot record. See that Redis runs, then restart the host`,
    );
    return undefined;
  }

  #report(status: Pick<LiveKitStatus, 'state' | 'detail' | 'progress'>): void {
    if (this.#ending.signal.aborted) return;
    this.#options.onStatus({
      kind: 'embedded',
      ...status,
      ...(this.#version ? { version: this.#version } : {}),
    });
  }
}

/** With its mode each time: it holds keys. */
async function writeAnew(file: string, content: string): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, content, { mode: 0o600 });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
