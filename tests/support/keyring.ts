/** A session bus with GNOME's keyring on it, unlocked, as after somebody has logged in; its passwords outlive it in a folder. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const configuration = fileURLToPath(new URL('session-bus.conf', import.meta.url));

export interface Keyring {
  /** What has a program find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends it; what it keeps stays in its folder. */
  stop(): Promise<void>;
}

/** Whether this machine has the programs; the project's scripts bring them on Debian. */
export function hasKeyring(): boolean {
  return ['dbus-daemon', 'gnome-keyring-daemon'].every(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

/** Before a keyring exists and after it is lost: a bus on which nobody keeps anything. */
export async function startBus(): Promise<Keyring> {
  const { bus, address } = await newBus();
  return { environment: environmentFor(address), stop: () => ended(bus) };
}

/** @param folder where the keyring lies; the same folder is the same keyring. */
export async function startKeyring(folder: string): Promise<Keyring> {
  const { bus, address } = await newBus();
  const runtime = join(folder, 'run');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const environment = environmentFor(address);
  const daemon = spawn(
    'gnome-keyring-daemon',
    ['--foreground', '--unlock', '--components=secrets', `--control-directory=${runtime}`],
    {
      env: { ...process.env, ...environment, HOME: folder, XDG_DATA_HOME: folder },
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  daemon.stdin.end('the password somebody logs in with');
  // Says where it listens once the keyring is open.
  await once(createInterface(daemon.stdout), 'line');
  return {
    environment,
    stop: async () => {
      await ended(daemon);
      await ended(bus);
    },
  };
}

async function newBus(): Promise<{ bus: ChildProcess; address: string }> {
  const bus = spawn('dbus-daemon', [`--config-file=${configuration}`, '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [address] = (await once(createInterface(bus.stdout), 'line')) as [string];
  return { bus, address };
}

/** Chromium asks for GNOME's keyring on GNOME. */
function environmentFor(address: string): Record<string, string> {
  return { DBUS_SESSION_BUS_ADDRESS: address, XDG_CURRENT_DESKTOP: 'GNOME' };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
