/** How the desktop app starts, is reached by links, meets trouble and ends. */
import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import {
  callFromPage,
  type Desktop,
  launchDesktop,
  launchEnvironment,
  launchParameters,
} from '../support/desktop.ts';
import { removeProfile } from '../support/remove-profile.ts';

const electron = createRequire(import.meta.url)('electron') as unknown as string;
const open: Desktop[] = [];

async function launch(...options: Parameters<typeof launchDesktop>): Promise<Desktop> {
  const desktop = await launchDesktop(...options);
  open.push(desktop);
  return desktop;
}

test.afterEach(async () => {
  for (const desktop of open.splice(0)) await desktop.close();
});

function occupyPort(): Promise<Server> {
  const server = createServer((_request, response) => response.end('somebody else'));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Starts the app once more with the same folder, as a click on a link does, and waits for it to end. */
function startAgain(folder: string, parameters: readonly string[]): Promise<number | null> {
  const second = spawn(electron, launchParameters(folder, parameters), {
    env: launchEnvironment(folder),
    stdio: 'ignore',
  });
  return new Promise((resolve) => second.on('exit', resolve));
}

test('a second start ends at once and hands its link to the first', async () => {
  const desktop = await launch();
  await desktop.window(/^app:\/\/autamedica\/$/);
  const link = 'autamedica://join?host=https%3A%2F%2Fclinica.example%3A8443&code=XYZ789';
  const [code, join] = await Promise.all([startAgain(desktop.folder, [link]), desktop.window(/\/join\?/)]);
  expect(code).toBe(0);
  const address = new URL(join.url());
  expect(address.searchParams.get('host')).toBe('https://clinica.example:8443');
  expect(address.searchParams.get('code')).toBe('XYZ789');
  expect(
    await join.evaluate(() => (window as unknown as { autamedica: { mode: string } }).autamedica.mode),
  ).toBe('client');
});

test('a second start with a hostile link opens nothing', async () => {
  const desktop = await launch();
  await desktop.window(/^app:\/\/autamedica\/$/);
  for (const link of [
    'autamedica://join?host=http%3A%2F%2Fevil.example&code=ABC234',
    'autamedica://join?host=file%3A%2F%2F%2Fetc&code=ABC234',
    'autamedica://join?host=https%3A%2F%2Fa.example&code=../../x',
    'autamedica://evil?host=https%3A%2F%2Fa.example&code=ABC234',
    'https://evil.example/',
    '--inspect=0.0.0.0:9229',
  ]) {
    await startAgain(desktop.folder, [link]);
  }
  const addresses = await desktop.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window) => window.webContents.getURL()),
  );
  expect(addresses).toEqual(['app://autamedica/']);
});

test('opened by an invitation on a computer that is no clinic, it joins and starts no host', async () => {
  const taken = await occupyPort();
  // Were a host started, it would meet the occupied port and say so.
  const desktop = await launch({
    parameters: ['autamedica://join?host=http%3A%2F%2F127.0.0.1%3A8888&code=ABC234'],
    environment: { PORT: String(portOf(taken)) },
  });
  const join = await desktop.window(/\/join\?host=http%3A%2F%2F127\.0\.0\.1%3A8888&code=ABC234$/);
  await expect(callFromPage(join, 'host', 'health')).rejects.toThrow();
  const windows = await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
  expect(windows).toBe(1);
  taken.close();
});

test('a link to a clinic of any name shows where it leads, and opening it changes nothing of where codes go', async () => {
  const greeting = { clinicName: 'Clínica San Martín', role: 'patient', closed: false };
  const other = createServer((_request, response) => {
    response.setHeader('Access-Control-Allow-Origin', 'app://autamedica');
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ success: true, data: greeting }));
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${portOf(other)}`;
  const desktop = await launch({
    parameters: [`autamedica://join?host=http%3A%2F%2F${address}&code=ABC234`],
  });
  const join = await desktop.window(/\/join\?/);
  await expect(join.getByText('Clínica San Martín').first()).toBeVisible();
  await expect(join.getByText(`Consulta por video · ${address}`)).toBeVisible();
  expect(await join.evaluate(() => localStorage.getItem('autamedica.last-host'))).toBeNull();
  other.close();
  other.closeAllConnections();
});

test('as a client without a link it opens the page where one is pasted, which a link replaces', async () => {
  const desktop = await launch({ parameters: ['--client'] });
  const page = await desktop.window(/\/join$/);
  const refused = await callFromPage(page, 'desktop', 'windows/openInvitation', {
    link: 'https://evil.example/',
  });
  expect(refused).toMatchObject({ status: 404, data: { code: 'INVITATION_NOT_FOUND' } });
  const closed = page.waitForEvent('close');
  // The window that asks is replaced, and with it the port that would carry the answer.
  callFromPage(page, 'desktop', 'windows/openInvitation', {
    link: 'https://clinica.example/join/ABC234',
  }).catch(() => undefined);
  await desktop.window(/\/join\?host=https%3A%2F%2Fclinica\.example&code=ABC234$/);
  await closed;
});

test('an occupied port is named in the window, and trying again works once it is free', async () => {
  const taken = await occupyPort();
  const port = portOf(taken);
  const desktop = await launch({ environment: { PORT: String(port) } });
  const clinic = await desktop.window(/host-failed/);
  await expect(clinic.getByRole('alert')).toContainText(`${port}`);
  await expect(clinic.getByRole('alert')).toContainText(/PORT/);

  const triedAgain = clinic.waitForEvent('framenavigated', (frame) =>
    /^app:\/\/autamedica\/$/.test(frame.url()),
  );
  await clinic.getByRole('link').click();
  await triedAgain;
  await clinic.waitForURL(/host-failed/);

  await new Promise((resolve) => taken.close(resolve));
  await clinic.getByRole('link').click();
  await clinic.waitForURL(/^app:\/\/autamedica\/$/);
  await expect(callFromPage(clinic, 'host', 'health')).resolves.toMatchObject({ status: 200 });
  const state = await callFromPage(clinic, 'desktop', 'app/host');
  expect(state.data).toEqual({ name: 'running', url: `http://127.0.0.1:${port}` });
});

test("a computer stops being the clinic's when its settings say so, and is again with everything it had", async () => {
  const desktop = await launch();
  const clinic = await desktop.window(/^app:\/\/autamedica\/$/);
  const planned = { consultationId: 'c-1', patientId: 'p-1', doctorId: 'd-1', patientName: 'Elena Ruiz' };
  await callFromPage(clinic, 'host', 'consultations/create', planned);
  const { url } = (await callFromPage(clinic, 'desktop', 'app/host')).data as { url: string };
  await clinic.getByRole('link', { name: 'Ajustes' }).click();
  await clinic.getByRole('button', { name: 'Cambiar' }).click();
  await expect(clinic.getByRole('dialog')).toContainText('no se borra nada');
  await clinic.getByRole('button', { name: 'Detener y elegir otro uso' }).click();
  const start = await desktop.window(/\/start$/);
  await expect.poll(() => fetch(`${url}/health`).catch(() => 'gone')).toBe('gone');
  await expect(callFromPage(start, 'host', 'health')).rejects.toThrow();
  expect(await callFromPage(start, 'desktop', 'app/leaveClinic')).toMatchObject({ status: 403 });
  expect(await callFromPage(start, 'desktop', 'app/recoveryKey')).toMatchObject({ status: 403 });

  await start
    .getByRole('button', { name: /clínica/i })
    .first()
    .click();
  const again = await desktop.window(/^app:\/\/autamedica\/$/);
  await expect(again.getByText('Elena Ruiz').first()).toBeVisible();
});

test('a folder that cannot be written to is named in the window, in its language', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-desktop-'));
  await writeFile(join(folder, 'a-file'), '');
  const desktop = await launch({ folder, environment: { DATA_DIR: join(folder, 'a-file/data') } });
  const clinic = await desktop.window(/host-failed/);
  await expect(clinic.getByRole('alert')).toContainText('No se puede escribir en la carpeta de los datos');
  await expect(clinic.getByRole('alert')).toContainText(join(folder, 'a-file/data'));
});

test('a setting that cannot be used is named in the window', async () => {
  const desktop = await launch({ environment: { PORT: 'eighty' } });
  const clinic = await desktop.window(/host-failed/);
  await expect(clinic.getByRole('alert')).toContainText('PORT');
});

test('the host serves the same app to browsers, and is gone when the app has ended', async () => {
  const desktop = await launch();
  const clinic = await desktop.window(/^app:\/\/autamedica\/$/);
  await callFromPage(clinic, 'host', 'health');
  const { url } = (await callFromPage(clinic, 'desktop', 'app/host')).data as { url: string };
  const page = await fetch(url);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  await desktop.app.close();
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends the app and its host in order`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'autamedica-desktop-'));
    const child = spawn(electron, launchParameters(folder), {
      env: launchEnvironment(folder, { LOG_LEVEL: 'info' }),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const url = await new Promise<string>((resolve) => {
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
        const found = /Listening on (http:\S+)/.exec(output)?.[1];
        if (found) resolve(found);
      });
    });
    const ended = new Promise((resolve) => child.on('exit', (code, by) => resolve({ code, by })));
    child.kill(signal);
    expect(await ended).toEqual({ code: 0, by: null });
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    await removeProfile(folder);
  });
}

test('a window whose page crashed offers to load it again', async () => {
  const desktop = await launch();
  const clinic = await desktop.window(/^app:\/\/autamedica\/$/);
  await callFromPage(clinic, 'host', 'health');
  const reloaded = desktop.app.evaluate(
    ({ BrowserWindow, dialog }) =>
      new Promise<string>((resolve) => {
        const [window] = BrowserWindow.getAllWindows();
        if (!window) throw new Error('There is no window.');
        dialog.showMessageBox = (async (_window: unknown, options: { buttons: string[] }) => {
          window.webContents.once('did-finish-load', () => resolve(options.buttons.join(' | ')));
          return { response: 0, checkboxChecked: false };
        }) as typeof dialog.showMessageBox;
        window.webContents.forcefullyCrashRenderer();
      }),
  );
  expect(await reloaded).toMatch(/^(Volver a cargar \| Cerrar|Reload \| Close)$/);
});
