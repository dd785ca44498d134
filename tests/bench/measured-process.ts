/** A server in a process of its own, whose processor time and memory can be asked for while it is under load. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Usage {
  /** User and system time since the process began, ms, without that of collections for `usage`. */
  readonly cpuMs: number;
  /** Resident memory after a garbage collection, bytes. */
  readonly rssBytes: number;
  /** What is still referenced after it: heap and external memory, bytes. Resident memory also has the collector's reserve. */
  readonly liveBytes: number;
}

export class MeasuredProcess<Ready> {
  readonly ready: Ready;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.ready = ready;
  }

  /** Starts a module next to this one; it calls `serveMeasurements` when it is ready. */
  static async start<Ready>(
    module: string,
    environment: Record<string, string> = {},
    /** Runs it as this group, so that a firewall can tell it apart. */
    gid?: number,
  ): Promise<MeasuredProcess<Ready>> {
    const child = fork(fileURLToPath(new URL(module, import.meta.url)), {
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...(gid === undefined ? {} : { gid }),
    });
    const [message] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`${module} ended with ${code} before it was ready`);
      }),
    ]);
    return new MeasuredProcess(child, message as Ready);
  }

  async ask<T>(question: unknown): Promise<T> {
    this.#child.send(question as object);
    const [answer] = await once(this.#child, 'message');
    return answer as T;
  }

  usage(): Promise<Usage> {
    return this.ask({ type: 'usage' });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

/** The other side of `MeasuredProcess`, called in the server's process. */
export function serveMeasurements(
  ready: object,
  answer: (question: never) => Promise<object> = async () => ({}),
): void {
  // Collecting all garbage at once is the measurement's work, not the server's.
  let collectingMs = 0;
  process.on('message', (question: { type: string }) => {
    void (async () => {
      if (question.type !== 'usage') return process.send?.(await answer(question as never));
      const cpuMs = processorMs() - collectingMs;
      global.gc?.();
      collectingMs = processorMs() - cpuMs;
      const { rss, heapUsed, external } = process.memoryUsage();
      const usage: Usage = { cpuMs, rssBytes: rss, liveBytes: heapUsed + external };
      return process.send?.(usage);
    })();
  });
  process.send?.(ready);
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
