/** The supervised video server: where it listens, what happens when it dies, and that nothing is left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { access, chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  eventually,
  isAlive,
  serverBinary,
  startHost,
  type TestHost,
  type TestHostOptions,
} from './support.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options?: TestHostOptions): Promise<TestHost> {
  const host = await startHost(options);
  cleanups.push(() => host.close());
  return host;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'livekit-test-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Takes LiveKit's usual ports, unless somebody already has. */
async function takeUsualPorts(): Promise<void> {
  const tcp = createServer();
  const udp = createSocket('udp4');
  tcp.listen(7880, '127.0.0.1');
  udp.bind(7882, '0.0.0.0');
  await Promise.all([tcp, udp].map((socket) => once(socket, 'listening').catch(() => {})));
  cleanups.push(async () => {
    if (tcp.listening) tcp.close();
    udp.close();
  });
}

async function serverConfig(host: TestHost) {
  const text = await readFile(join(host.dataDir, 'livekit', 'server.json'), 'utf8');
  return JSON.parse(text) as { port: number; rtc: { udp_port: number }; keys: Record<string, string> };
}

/** A program that stands in for a server. */
async function script(text: string): Promise<string> {
  const file = join(await folder(), 'livekit-server');
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
  return file;
}

describe('the supervised video server', () => {
  it('starts on free ports when the usual ones are taken', async () => {
    await takeUsualPorts();
    const host = await start();
    const status = await host.until('ready');
    expect(status).toMatchObject({ kind: 'embedded', version: '1.13.5' });
    const { port, rtc } = await serverConfig(host);
    expect(port).not.toBe(7880);
    expect(rtc.udp_port).not.toBe(7882);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('OK');
    const room = await host.livekit.createRoom('consultation-a');
    expect(room).toMatchObject({
      name: 'consultation-a',
      numParticipants: 0,
      sid: expect.stringMatching(/^RM_/),
    });
    expect((await host.livekit.createRoom('consultation-a')).sid).toBe(room.sid);
    expect(await host.livekit.listRooms()).toEqual([room]);
    await host.livekit.deleteRoom('consultation-a');
    await host.livekit.deleteRoom('consultation-a');
    expect(await host.livekit.listRooms()).toEqual([]);
    expect(await host.livekit.listParticipants('consultation-a')).toEqual([]);
    expect(host.log.lines.filter((line) => line.startsWith('Room created'))).toHaveLength(1);
  });

  it('takes other ports when somebody was faster to bind them', async () => {
    // The stand-in says what the server says when its port is taken, once, and then becomes the server.
    const mark = join(await folder(), 'tried');
    const binary = await script(
      `[ "$1" = --version ] && exit 0\nif [ ! -e ${mark} ]; then touch ${mark}; echo "listen tcp 127.0.0.1: bind: address already in use"; exit 0; fi\nexec ${await serverBinary()} "$@"`,
    );
    const host = await start({ serverPath: binary });
    await host.until('ready');
    expect(host.log.lines.join('\n')).toContain('address already in use; starting it again');
  });

  it('is started again after kill -9, on the same ports with the same keys', async () => {
    const host = await start();
    await host.until('ready');
    const [pid, config] = [await host.serverPid(), await serverConfig(host)];
    process.kill(pid, 'SIGKILL');
    await host.until('starting');
    await host.until('ready');
    expect(await host.serverPid()).not.toBe(pid);
    expect(await serverConfig(host)).toEqual(config);
    const states = host.statuses.map(({ state }) => state);
    expect(states.filter((state, index) => state !== states[index - 1])).toEqual([
      'starting',
      'ready',
      'starting',
      'ready',
    ]);
  });

  it('keeps its keys in a file only its owner can read, and removes it', async () => {
    const host = await start();
    await host.until('ready');
    const file = join(host.dataDir, 'livekit', 'server.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await host.livekit.close();
    await expect(access(file)).rejects.toThrow();
  });

  it('leaves no process behind when closed, and closing twice or while starting is fine', async () => {
    const host = await start();
    await host.until('ready');
    const pid = await host.serverPid();
    await host.livekit.close();
    await host.livekit.close();
    expect(await isAlive(pid)).toBe(false);

    const early = await start();
    await eventually(async () => (await early.serverPid().catch(() => 0)) > 0);
    const earlyPid = await early.serverPid();
    await early.livekit.close();
    expect(await isAlive(earlyPid)).toBe(false);
  });

  it('says so when the server keeps ending, and goes on trying', async () => {
    const host = await start({ serverPath: await script('echo "no such luck"; exit 3') });
    const status = await host.until('failed');
    expect(status.detail).toContain('ended with code 3: no such luck');
    expect(status.detail).toContain('LIVEKIT_SERVER');
    const tries = () => host.log.lines.filter((line) => line.endsWith('starting it again')).length;
    expect(tries()).toBe(5);
    await eventually(() => tries() > 5);
  });

  it('names the setting when it does not lead to a program', async () => {
    const host = await start({ serverPath: '/nowhere/livekit-server' });
    const status = await host.until('absent');
    expect(status.detail).toContain('LIVEKIT_SERVER names /nowhere/livekit-server');
  });

  it('finds a server that is installed later', async () => {
    const path = await folder();
    const release = { version: '0.0.0', downloadUrl: 'http://127.0.0.1:1', goPackage: undefined, assets: {} };
    const host = await start({ serverPath: undefined, environment: { PATH: path }, release });
    const status = await host.until('absent');
    expect(status.detail).toContain('livekit-server could not be brought');
    await symlink(await serverBinary(), join(path, 'livekit-server'));
    await host.until('ready');
  });
});

/** A host as a process of its own, to be killed without a chance to clean up. */
async function startHostProcess(dataDir: string, environment: Record<string, string>): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./host-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, dataDir, await serverBinary()], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(async () => child.kill('SIGKILL'));
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  expect(String(line)).toContain('ready');
  return child;
}

describe('a host that is killed', () => {
  it.runIf(process.platform === 'linux')('takes its video server with it', async () => {
    const dataDir = await folder();
    const child = await startHostProcess(dataDir, { PATH: process.env.PATH ?? '' });
    const pid = Number.parseInt(await readFile(join(dataDir, 'livekit', 'server.pid'), 'utf8'), 10);
    expect(await isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await eventually(async () => !(await isAlive(pid)));
  });

  it('leaves at worst a video server that the next start ends, and no other program', async () => {
    const dataDir = await folder();
    // Without setpriv in PATH it is as on a system that has none.
    const child = await startHostProcess(dataDir, { PATH: '' });
    const pidFile = join(dataDir, 'livekit', 'server.pid');
    const pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await isAlive(pid)).toBe(true);

    const next = await start({ dataDir });
    await next.until('ready');
    expect(await isAlive(pid)).toBe(false);
    await next.livekit.close();

    const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
    cleanups.push(async () => bystander.kill('SIGKILL'));
    await writeFile(pidFile, `${bystander.pid}\n`);
    const third = await start({ dataDir });
    await third.until('ready');
    expect(await isAlive(bystander.pid as number)).toBe(true);
  });
});
