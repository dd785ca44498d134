/** Ends a livekit-server that a killed host has left behind, so that its ports and rooms are free again. */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const goneWithinMs = 5_000;

/** Notes which process is the server. */
export async function rememberServer(pidFile: string, pid: number): Promise<void> {
  await writeFile(pidFile, `${pid}\n`, { mode: 0o600 });
}

export async function forgetServer(pidFile: string): Promise<void> {
  await rm(pidFile, { force: true });
}

/**
 * Kills the noted process if it really is a server of this data folder: the number may belong to another program by now, so
 * its command line must name our configuration file.
 * @returns whether one was ended.
 */
export async function endStrayServer(pidFile: string, configFile: string): Promise<boolean> {
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return false;
  const isOurs = async () => (await commandLine(pid)).includes(configFile);
  if (!(await isOurs())) return false;
  process.kill(pid, 'SIGKILL');
  const deadline = Date.now() + goneWithinMs;
  while (Date.now() < deadline && (await isOurs())) await delay(20);
  return true;
}

/** What a process was started with; empty when there is none. */
async function commandLine(pid: number): Promise<string> {
  const run = promisify(execFile);
  try {
    if (process.platform === 'linux') {
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    }
    if (process.platform === 'win32') {
      const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`;
      return (await run('powershell.exe', ['-NoProfile', '-Command', query])).stdout;
    }
    return (await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)])).stdout;
  } catch {
    return '';
  }
}
