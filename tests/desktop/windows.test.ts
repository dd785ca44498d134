/** What the desktop app's windows get: a host for the staff, none for invited people, one frozen bridge and no Node. */
import { expect, type Page, test } from '@playwright/test';
import { callFromPage, type Desktop, launchDesktop } from '../support/desktop.ts';
import { writeAndSend } from '../support/past-consultation.ts';

const invitation = 'autamedica://join?host=https%3A%2F%2Fclinica.example&code=ABC234';
const apiKey = 'a-key-of-the-clinic-for-tests';
let desktop: Desktop;
let clinic: Page;
let consultation: Page;
let join: Page;

test.beforeAll(async () => {
  // With a key, also its own windows reach it by their ports alone.
  desktop = await launchDesktop({ environment: { API_KEY: apiKey } });
  clinic = await desktop.window(/^app:\/\/autamedica\/$/);
  await callFromPage(clinic, 'desktop', 'windows/openConsultation', { consultationId: 'c-1' });
  consultation = await desktop.window(/\/consultation\/c-1$/);
  await callFromPage(clinic, 'desktop', 'windows/openInvitation', { link: invitation });
  join = await desktop.window(/\/join\?/);
});
test.afterAll(() => desktop.close());

test('the windows of the staff reach the host inside the app', async () => {
  for (const page of [clinic, consultation]) {
    const answer = await callFromPage(page, 'host', 'health');
    expect(answer).toMatchObject({ status: 200, data: { status: 'ok' } });
  }
  const list = await callFromPage(clinic, 'host', 'consultations/list');
  expect(list).toEqual({ status: 200, data: [] });
});

test("the host's refusals reach the window with their catalogue code", async () => {
  const answer = await callFromPage(clinic, 'host', 'consultations/get', { consultationId: 'nobody' });
  expect(answer).toMatchObject({ status: 404, data: { code: 'CONSULTATION_NOT_FOUND' } });
});

test('the window of an invited person gets no port to the host', async () => {
  await expect(callFromPage(join, 'host', 'health')).rejects.toThrow(/no tiene acceso|no access/);
  await expect(callFromPage(join, 'host', 'consultations/list')).rejects.toThrow(/no tiene acceso|no access/);
});

test('the window of an invited person may not share screens, print or open consultations', async () => {
  for (const [operation, input] of [
    ['capture/sources', { thumbnailSize: 0 }],
    ['capture/choose', { id: 'screen:0:0' }],
    ['windows/openConsultation', { consultationId: 'c-2' }],
    ['windows/print', undefined],
    ['notices/badge', { count: 1 }],
    ['app/host', undefined],
  ] as const) {
    const answer = await callFromPage(join, 'desktop', operation, input);
    expect(answer, operation).toMatchObject({ status: 403, data: { code: 'FORBIDDEN' } });
  }
  await expect(callFromPage(join, 'desktop', 'app/info')).resolves.toMatchObject({
    data: { window: 'join' },
  });
});

test('the window of a closed consultation shows a file that was sent, though the host asks everybody for a key', async () => {
  const call = (operation: string, input?: unknown) => callFromPage(clinic, 'host', operation, input);
  const people = { consultationId: 'past', patientId: 'p-1', doctorId: 'd-1' };
  const consultation = (await call('consultations/create', people)).data as {
    consultationId: string;
    doctorToken: string;
  };
  const { url } = (await callFromPage(clinic, 'desktop', 'app/host')).data as { url: string };
  await writeAndSend(url, consultation, { text: 'Reposo', fileName: 'placa.png' });
  await call('consultations/close', { consultationId: 'past' });
  await callFromPage(clinic, 'desktop', 'windows/openConsultation', { consultationId: 'past' });
  const past = await desktop.window(/\/consultation\/past$/);
  await past.getByRole('tab', { name: 'Archivos 1' }).click();
  await past.getByRole('button', { name: 'Ver placa.png' }).click();
  const picture = past.getByRole('dialog').getByRole('img', { name: 'placa.png' });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await past.close();
});

test('the recovery key is given to the window of the clinic, and to no other window and no other door', async () => {
  const { data } = await callFromPage(clinic, 'desktop', 'app/recoveryKey');
  const { recoveryKey } = data as { recoveryKey: string };
  expect(recoveryKey).toMatch(/^([A-Z2-9]{5}-){4}[A-Z2-9]{5}$/);
  for (const page of [consultation, join]) {
    for (const operation of ['app/recoveryKey', 'app/leaveClinic']) {
      const answer = await callFromPage(page, 'desktop', operation);
      expect(answer, operation).toMatchObject({ status: 403, data: { code: 'FORBIDDEN' } });
    }
  }
  // The host's contract, which the network speaks too, has nothing of it, whoever asks.
  const { url } = (await callFromPage(clinic, 'desktop', 'app/host')).data as { url: string };
  const openApi = await (await fetch(`${url}/openapi.json`)).text();
  expect(openApi).not.toMatch(/recovery/i);
  for (const path of ['/api/recovery-key', '/api/app/recoveryKey', '/api/clinic/recovery-key']) {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } });
    expect(response.status, path).toBe(404);
  }
});

test('a window is opened once for a subject', async () => {
  const before = desktop.app.windows().length;
  await callFromPage(clinic, 'desktop', 'windows/openConsultation', { consultationId: 'c-1' });
  await callFromPage(clinic, 'desktop', 'windows/openInvitation', { link: invitation });
  const open = await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
  expect(open).toBe(before);
});

test('an id that is no id opens nothing', async () => {
  for (const consultationId of ['../../x', '', 'a/b', 'a?b=c', 'x'.repeat(200)]) {
    const answer = await callFromPage(clinic, 'desktop', 'windows/openConsultation', { consultationId });
    expect(answer.status, consultationId).toBe(400);
  }
});

test('the preload script adds exactly one frozen object to the page', async () => {
  // A style sheet shown as a page has no scripts of its own, so that all it has is the browser's and the preload script's.
  const sheet = await clinic.evaluate(
    () => document.querySelector<HTMLLinkElement>('link[rel=stylesheet]')?.href,
  );
  if (!sheet) throw new Error('The app has no style sheet.');
  const names = (page: Page) => page.evaluate(() => Object.getOwnPropertyNames(window));
  const [bare] = await Promise.all([
    desktop.app.waitForEvent('window'),
    desktop.app.evaluate(({ BrowserWindow }, sheet) => {
      const window = new BrowserWindow({ show: false, webPreferences: { sandbox: true } });
      return window.loadURL(sheet);
    }, sheet),
  ]);
  const usual = new Set(await names(bare));
  await bare.close();
  for (const [page, mode] of [
    [clinic, 'clinic'],
    [consultation, 'clinic'],
    [join, 'client'],
  ] as const) {
    const own = page.url();
    await page.goto(sheet);
    const added = (await names(page)).filter((name) => !usual.has(name));
    expect(added).toEqual(['autamedica']);
    const bridge = await page.evaluate(() => {
      const bridge = (window as unknown as { autamedica: Record<string, unknown> }).autamedica;
      return {
        keys: Object.keys(bridge).sort(),
        mode: bridge.mode,
        frozen: Object.isFrozen(bridge),
        replaceable: Object.getOwnPropertyDescriptor(window, 'autamedica')?.configurable,
      };
    });
    expect(bridge).toEqual({
      keys: ['clinic', 'connectDesktop', 'connectHost', 'mode', 'platform'],
      mode,
      frozen: true,
      replaceable: false,
    });
    await page.goto(own);
  }
});

test('there is no Node in a page', async () => {
  const found = await clinic.evaluate(() =>
    ['require', 'process', 'module', 'exports', 'global', 'Buffer', 'setImmediate', '__dirname'].filter(
      (name) => name in window,
    ),
  );
  expect(found).toEqual([]);
});

test('every window is sandboxed, isolated and without webview', async () => {
  const preferences = await desktop.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window) => {
      const all = (
        window.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> }
      ).getLastWebPreferences();
      return {
        sandbox: all.sandbox,
        contextIsolation: all.contextIsolation,
        nodeIntegration: all.nodeIntegration,
        nodeIntegrationInWorker: all.nodeIntegrationInWorker ?? false,
        webSecurity: all.webSecurity,
        webviewTag: all.webviewTag,
      };
    }),
  );
  expect(preferences).toHaveLength(3);
  for (const each of preferences) {
    expect(each).toEqual({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
    });
  }
});

test('a window the app did not open for the purpose gets no port, whatever page it shows', async () => {
  const answers = await desktop.app.evaluate(async ({ app, BrowserWindow }) => {
    const preload = `${app.getAppPath()}/out/preload/index.cjs`;
    const answers: string[] = [];
    for (const address of ['app://autamedica/', 'data:text/html,<h1>foreign</h1>']) {
      const window = new BrowserWindow({
        show: false,
        webPreferences: { preload, sandbox: true, additionalArguments: ['--autamedica-mode=clinic'] },
      });
      await window.loadURL(address);
      for (const name of ['connectHost', 'connectDesktop']) {
        answers.push(
          await window.webContents.executeJavaScript(
            `window.autamedica.${name}('x').then(() => 'given', () => 'refused')`,
          ),
        );
      }
      window.destroy();
    }
    return answers;
  });
  expect(answers).toEqual(['refused', 'refused', 'refused', 'refused']);
});

test("one of the app's windows that shows a foreign page gets no port", async () => {
  const answer = await desktop.app.evaluate(async ({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows().find((each) =>
      each.webContents.getURL().includes('/consultation/'),
    );
    if (!window) throw new Error('There is no consultation window.');
    const own = window.webContents.getURL();
    // The app itself would refuse to go there; this is the second line of defence.
    await window.loadURL('data:text/html,<h1>foreign</h1>');
    const answer = (await window.webContents.executeJavaScript(
      `window.autamedica.connectHost('x').then(() => 'given', () => 'refused')`,
    )) as string;
    await window.loadURL(own);
    return answer;
  });
  expect(answer).toBe('refused');
});

test('a port dies with its page, and a reloaded page gets a new one', async () => {
  await clinic.reload();
  const answer = await callFromPage(clinic, 'host', 'health');
  expect(answer.status).toBe(200);
});
