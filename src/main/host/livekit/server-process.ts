/** One run of livekit-server: from its start until it has ended. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Environment, findInPath } from './find-server.ts';
import { readServerLine, type ServerLogLine } from './server-log.ts';

const healthEveryMs = 50;
const readyWithinMs = 20_000;
const watchEveryMs = 10_000;
const answerWithinMs = 5_000;
const missesAllowed = 3;
const insistAfterMs = 250;
const stopWithinMs = 3_000;

export interface ServerStart {
  readonly binary: string;
  readonly configFile: string;
  readonly signallingPort: number;
  readonly environment: Environment;
  readonly onLine: (line: ServerLogLine) => void;
}

/** livekit-server reads settings from variables of its own; it is given none of ours, only what programs need to run. */
const passedOn = ['PATH', 'Path', 'HOME', 'USERPROFILE', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR'];

export class ServerProcess {
  readonly pid: number;
  /** Resolves with why, when the process has ended. Never rejects. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #healthUrl: string;
  readonly #lastWords: string[] = [];

  /** @throws Error when the program cannot be started. */
  static async start(start: ServerStart): Promise<ServerProcess> {
    const [program, ...prefix] = await dyingWithUs(start.environment);
    const server = ['--config', start.configFile];
    const [command, args] = program
      ? [program, [...prefix, start.binary, ...server]]
      : [start.binary, server];
    const env = Object.fromEntries(passedOn.map((name) => [name, start.environment[name]]));
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    await once(child, 'spawn');
    // A signal that cannot be delivered is reported so; the end of the process is what matters.
    child.on('error', () => {});
    return new ServerProcess(child, start);
  }

  private constructor(child: ChildProcess, start: ServerStart) {
    this.#child = child;
    this.pid = child.pid as number;
    this.#healthUrl = `http://127.0.0.1:${start.signallingPort}/`;
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (raw) => {
        const line = readServerLine(raw);
        if (!line) return;
        this.#lastWords.push(line.text);
        if (this.#lastWords.length > 5) this.#lastWords.shift();
        start.onLine(line);
      });
    }
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
        resolve([`livekit-server ${how}`, ...this.#lastWords.slice(-1)].join(': '));
      });
    });
  }

  /** Resolves once it answers. @throws Error when it ends or says nothing for 20 s. */
  async ready(): Promise<void> {
    const deadline = AbortSignal.timeout(readyWithinMs);
    let over: string | undefined;
    void this.ended.then((reason) => {
      over = reason;
    });
    while (!(await this.#answers())) {
      if (over !== undefined) throw new Error(over);
      if (deadline.aborted)
        throw new Error(`livekit-server did not answer within ${readyWithinMs / 1_000} s`);
      await delay(healthEveryMs);
    }
    if (over !== undefined) throw new Error(over);
  }

  /** Ends a process that runs but has stopped answering; resolves when it has ended. */
  async watch(): Promise<string> {
    const over = new AbortController();
    void this.ended.then(() => over.abort());
    let misses = 0;
    while (!over.signal.aborted) {
      await delay(watchEveryMs, undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted) break;
      misses = (await this.#answers()) ? 0 : misses + 1;
      if (misses >= missesAllowed) this.kill();
    }
    return this.ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Asks it to end, closing its rooms, and makes it end after 3 s. */
  async stop(): Promise<void> {
    // It takes two requests: the first waits for the participants to leave, and neither counts in its first 100 ms.
    this.#child.kill('SIGTERM');
    const insist = setTimeout(() => this.#child.kill('SIGINT'), insistAfterMs);
    const enough = setTimeout(() => this.kill(), stopWithinMs);
    await this.ended;
    clearTimeout(insist);
    clearTimeout(enough);
  }

  async #answers(): Promise<boolean> {
    try {
      const response = await fetch(this.#healthUrl, { signal: AbortSignal.timeout(answerWithinMs) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}

/**
 * Linux can end a child in the moment its parent dies, even by SIGKILL; util-linux' setpriv asks for it and then becomes the
 * server. Elsewhere a server left behind is ended by the next start (see stray-server.ts).
 */
async function dyingWithUs(environment: Environment): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const setpriv = await findInPath('setpriv', environment);
  if (!setpriv) return [];
  const prefix = [setpriv, '--pdeathsig', 'KILL'];
  // Busybox has a setpriv without the option.
  const works = await promisify(execFile)(setpriv, [...prefix.slice(1), setpriv, '--version']).then(
    () => true,
    () => false,
  );
  return works ? prefix : [];
}
