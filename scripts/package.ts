/**
 * `npm run package`: makes the unpacked app for this system in release/ and proves that it starts.
 * `npm run package -- --installers` makes this system's installers instead.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildWhenNeeded } from './parts/build.ts';
import { bringOfficialRuntime, findRuntime, type Runtime } from './parts/electron.ts';
import { bringLiveKitForTests } from './parts/livekit.ts';
import { findProgram } from './parts/system.ts';
import { main, phase, root, run, Stop, say } from './parts/terminal.ts';
import { bringTestRuntime } from './parts/test-runtime.ts';

const downloadLimitMs = 300_000;
const startLimitMs = 60_000;
const installers = process.argv.includes('--installers');

async function bringRuntime(): Promise<Runtime> {
  const failure = await bringOfficialRuntime(downloadLimitMs);
  if (failure) {
    if (installers) throw new Stop(`${failure}. Installers are made with the official Electron only.`);
    say(`  ${failure}.`);
    say('  Packing the test runtime instead: good for trying the package here, never to be handed out.');
    if (!(await findRuntime({}))) await bringTestRuntime();
  }
  const runtime = await findRuntime({});
  if (!runtime) throw new Stop('There is no Electron to pack.');
  return runtime;
}

/** Puts the video server where electron-builder.yml looks for it; without one the app fetches it when it runs. */
async function stageVideoServer(): Promise<void> {
  const platforms: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'mac', win32: 'win' };
  const folder = join(
    root,
    '.cache/package/livekit',
    `${platforms[process.platform] ?? process.platform}-${process.arch}`,
  );
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    const server = await bringLiveKitForTests();
    const name = process.platform === 'win32' ? 'livekit-server.exe' : 'livekit-server';
    await copyFile(server, join(folder, name));
  } catch (error) {
    say(`  Packing without the video server. ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Fuses that the test runtime is too old to have; the official one gets every fuse of the configuration. */
const fusesOfLaterRuntimes = /^ +grantFileProtocolExtraPrivileges:.*\n/gm;

async function configurationFor(runtime: Runtime): Promise<string> {
  if (runtime.official) return 'electron-builder.yml';
  const configuration = await readFile(join(root, 'electron-builder.yml'), 'utf8');
  const file = join(root, '.cache/package/test-runtime.yml');
  await writeFile(file, configuration.replace(fusesOfLaterRuntimes, ''));
  return file;
}

async function pack(runtime: Runtime): Promise<void> {
  const parameters = [
    'node_modules/electron-builder/cli.js',
    `--config=${await configurationFor(runtime)}`,
    ...(installers ? [] : ['--dir']),
    '--publish=never',
    `-c.electronDist=${join(root, 'node_modules/electron/dist')}`,
    `-c.electronVersion=${runtime.version}`,
  ];
  const result = await run(process.execPath, parameters);
  if (result.code !== 0) throw new Stop('Packaging failed; the lines above say where.');
}

async function findPackedProgram(): Promise<string> {
  const name = (await readdir(join(root, 'release'))).find((entry) =>
    /^(linux|win|mac)(-[\w-]+)?(-unpacked)?$/.test(entry),
  );
  if (!name) throw new Stop('There is no unpacked app in release/.');
  const folder = join(root, 'release', name);
  switch (process.platform) {
    case 'win32':
      return join(folder, 'AutaMedica Consultas.exe');
    case 'darwin':
      return join(folder, 'AutaMedica Consultas.app/Contents/MacOS/AutaMedica Consultas');
    default:
      return join(folder, 'autamedica-consultas');
  }
}

/** Runs a line in the app's window, by the DevTools protocol: it takes its port to the host and tells what it is for. */
async function askWindow(port: number): Promise<string> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    url: string;
    webSocketDebuggerUrl: string;
  }[];
  const target = targets.find(({ url }) => url.startsWith('app://autamedica/'));
  if (!target) throw new Stop('The packed app opened no window.');
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.onerror = () => reject(new Stop("The packed app's window cannot be asked."));
      socket.onopen = () => {
        const expression = "window.autamedica.connectHost('package').then(() => window.autamedica.mode)";
        const params = { expression, awaitPromise: true, returnByValue: true };
        socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
      };
      socket.onmessage = ({ data }) => {
        const { result } = JSON.parse(String(data)) as { result?: { result?: { value?: unknown } } };
        const value = result?.result?.value;
        if (typeof value === 'string') resolve(value);
        else reject(new Stop(`The packed app's window has no port to the host: ${String(data)}`));
      };
    });
  } finally {
    socket.close();
  }
}

/** Starts the packed app with folders of its own; its host must answer, to a program and to its own window. */
async function prove(program: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-package-'));
  const parameters = [
    '--clinic',
    `--user-data-dir=${join(folder, 'app')}`,
    '--remote-debugging-port=0',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  const display = process.platform === 'linux' && !process.env.DISPLAY ? findProgram('xvfb-run') : undefined;
  if (process.platform === 'linux' && !process.env.DISPLAY && !display) {
    say('  Not started: there is no display here and no xvfb-run.');
    return;
  }
  const child = spawn(
    display ?? program,
    display ? ['-a', '-s', '-screen 0 1280x800x24', program, ...parameters] : parameters,
    {
      cwd: dirname(program),
      env: {
        ...process.env,
        PORT: '0',
        DATA_DIR: join(folder, 'data'),
        LOG_LEVEL: 'info',
        LOG_FORMAT: 'terminal',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    },
  );
  let output = '';
  const ended = new Promise<never>((_resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) =>
      reject(new Stop(`The packed app ended with ${code}:\n${output.slice(-2_000)}`)),
    );
    setTimeout(
      () => reject(new Stop(`The packed app did not answer:\n${output.slice(-2_000)}`)),
      startLimitMs,
    ).unref();
  });
  ended.catch(() => undefined);
  const seen = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const found = pattern.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      look();
    });
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  try {
    const url = await Promise.race([seen(/Listening on (http:\S+)/), ended]);
    const health = (await (await fetch(`${url}/health`)).json()) as { status: string };
    say(`  ${url}/health: ${health.status}`);
    const page = await (await fetch(url)).text();
    if (!page.includes('<html')) throw new Stop(`The packed app serves no page at ${url}.`);

    const port = await Promise.race([seen(/DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/), ended]);
    const mode = await Promise.race([askWindow(Number(port)), ended]);
    say(`  The ${mode}'s window is open and has its port to the host.`);
  } finally {
    const gone = new Promise((resolve) => child.on('exit', resolve));
    if (child.exitCode === null && child.pid !== undefined) {
      if (process.platform === 'win32') child.kill();
      else process.kill(-child.pid, 'SIGTERM');
      await gone;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await main(async () => {
  await buildWhenNeeded();
  const runtime = await phase('Electron', bringRuntime);
  await phase('Video server', stageVideoServer);
  await phase('Package', () => pack(runtime));
  if (!installers) {
    const program = await findPackedProgram();
    await phase('Start of the packed app', () => prove(program));
    say(`The app is in ${dirname(program)}.`);
  }
  return 0;
});
