/** A host in a process of its own, so that it can be killed and limited. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface KillableHost {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Everything it has written to its output so far. */
  output(): string;
  /** At once, with SIGKILL; done when the process is gone. */
  kill(): Promise<void>;
}

/** @throws Error with the host's own words when it does not start. */
export async function startHostProcess(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
  /** A program that runs Node, for a host on another computer. */
  execPath = process.execPath,
): Promise<KillableHost> {
  const child: ChildProcess = fork(fileURLToPath(new URL('host-process.ts', import.meta.url)), {
    env: {
      ...process.env,
      PORT: '0',
      DATA_DIR: dataDir,
      LIVEKIT_EMBEDDED: 'off',
      LOG_LEVEL: 'silent',
      ...environment,
    },
    execPath,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = once(child, 'exit');
  const [first] = (await Promise.race([once(child, 'message'), ended])) as [{ url?: string } | number | null];
  if (typeof first !== 'object' || first?.url === undefined)
    throw new Error(`The host did not start.\n${output}`);
  return {
    url: first.url,
    port: Number(new URL(first.url).port),
    pid: child.pid ?? 0,
    output: () => output,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
