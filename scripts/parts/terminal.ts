/** What the commands write on the terminal, and how they run other programs. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A time as people read it: `850 ms`, `12.3 s`, `2 min 05 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Runs one step, with its name before it and its time after it. */
export async function phase<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  say(`» ${name}`);
  try {
    const result = await work();
    say(`  ${name}: ${duration(performance.now() - start)}`);
    return result;
  } catch (error) {
    say(`  ${name}: failed after ${duration(performance.now() - start)}`);
    throw error;
  }
}

export interface RunResult {
  /** Exit code; 1 when a signal ended the program, 127 when it could not be started. */
  readonly code: number;
  /** What it wrote, both streams, when `quiet`. */
  readonly output: string;
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Collects the output instead of showing it. */
  readonly quiet?: boolean;
  /** After this time the program and its children are ended. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end. Never throws: a program that cannot be started has code 127. */
export function run(
  program: string,
  parameters: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const spawnOptions: SpawnOptions = {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    // Its own group, so that its children can be ended with it.
    detached: options.timeoutMs !== undefined && process.platform !== 'win32',
  };
  return new Promise((resolve) => {
    const child = spawn(program, parameters, spawnOptions);
    let output = '';
    let timedOut = false;
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            if (spawnOptions.detached && child.pid) process.kill(-child.pid, 'SIGKILL');
            else child.kill('SIGKILL');
          }, options.timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, output: output + error.message, timedOut });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, output, timedOut });
    });
  });
}

/** Something the person at the terminal has to do first; its message is shown without a stack. */
export class Stop extends Error {}

/** Runs a command's main function and sets the exit code it returns, if any. */
export async function main(work: () => Promise<number | undefined>): Promise<void> {
  try {
    const code = await work();
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    process.stderr.write(
      `${error instanceof Stop ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
