/** Our pages stay our own: nothing outside the built app is served, loaded, navigated to or opened. */
import { expect, type Page, test } from '@playwright/test';
import { type Desktop, launchDesktop } from '../support/desktop.ts';

let desktop: Desktop;
let clinic: Page;

test.beforeAll(async () => {
  desktop = await launchDesktop();
  clinic = await desktop.window(/^app:\/\/autamedica\/$/);
  await desktop.app.evaluate(({ shell }) => {
    const opened: string[] = [];
    (globalThis as unknown as { opened: string[] }).opened = opened;
    shell.openExternal = async (address: string) => {
      opened.push(address);
    };
  });
});
test.afterAll(() => desktop.close());

for (const path of [
  '/../../package.json',
  '/%2e%2e/%2e%2e/package.json',
  '/..%2f..%2fpackage.json',
  '/..%5c..%5cpackage.json',
  '/assets/../../main/index.cjs',
  '/%2fetc%2fpasswd',
  '//etc/hosts.txt',
  '/package.json',
  '/main/index.cjs',
]) {
  test(`the scheme serves nothing for ${path}`, async () => {
    const { status, text } = await clinic.evaluate(async (path) => {
      const response = await fetch(`app://autamedica${path}`);
      return { status: response.status, text: await response.text() };
    }, path);
    const page = await clinic.evaluate(async () => (await fetch('app://autamedica/index.html')).text());
    // A path that names no file type is a page of the app, and so the app's one page.
    if (status === 200) expect(text).toBe(page);
    else expect({ status, text }).toEqual({ status: 404, text: '' });
    expect(text).not.toContain('root:');
    expect(text).not.toContain('"dependencies"');
  });
}

test('another authority of the scheme, and other methods, are refused', async () => {
  const statuses = await clinic.evaluate(async () => {
    const posted = await fetch('app://autamedica/', { method: 'POST' });
    const foreign = await fetch('app://elsewhere/').then(
      (response) => response.status,
      () => 'refused',
    );
    return { posted: posted.status, foreign };
  });
  expect(statuses).toEqual({ posted: 405, foreign: 'refused' });
});

test('pages come with the content policy, and it holds', async () => {
  const { policy, type } = await clinic.evaluate(async () => {
    const response = await fetch('app://autamedica/');
    return {
      policy: response.headers.get('content-security-policy'),
      type: response.headers.get('x-content-type-options'),
    };
  });
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
  expect(type).toBe('nosniff');

  const broken = await clinic.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      violations.push(event.effectiveDirective),
    );
    const script = document.createElement('script');
    script.textContent = 'window.inlineRan = true';
    document.body.append(script);
    const picture = document.createElement('img');
    picture.src = 'https://example.com/x.png';
    document.body.append(picture);
    const request = await fetch('http://192.0.2.1/').then(
      () => 'sent',
      () => 'refused',
    );
    await new Promise((resolve) => setTimeout(resolve, 0));
    script.remove();
    picture.remove();
    return { violations: [...new Set(violations)].sort(), ran: 'inlineRan' in window, request };
  });
  expect(broken).toEqual({
    violations: ['connect-src', 'img-src', 'script-src-elem'],
    ran: false,
    request: 'refused',
  });
});

test('a page holds no frames', async () => {
  await clinic.evaluate(() => {
    for (const address of ['https://example.com/', 'app://autamedica/', 'file:///etc/passwd']) {
      const frame = document.createElement('iframe');
      frame.src = address;
      document.body.append(frame);
    }
  });
  const texts = await clinic.evaluate(() =>
    [...document.querySelectorAll('iframe')].map((frame) => {
      const text = frame.contentDocument?.body?.textContent ?? '';
      frame.remove();
      return text;
    }),
  );
  expect(texts).toEqual(['', '', '']);
});

test('a page cannot take its window elsewhere', async () => {
  const own = clinic.url();
  for (const address of [
    'https://example.com/',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    'app://elsewhere/',
    'data:text/html,x',
    'javascript:document.title="taken"',
  ]) {
    await clinic.evaluate((target) => {
      const link = document.createElement('a');
      link.href = target;
      document.body.append(link);
      link.click();
      link.remove();
      try {
        window.location.href = target;
      } catch {
        // Refused by the page itself.
      }
    }, address);
    // A navigation that was let through would have replaced the page this runs in.
    expect(await clinic.evaluate(() => window.location.href)).toBe(own);
  }
  expect(await clinic.title()).not.toBe('taken');
});

test('a page opens no windows; only the sites on the list open, in the person’s own browser', async () => {
  const before = desktop.app.windows().length;
  const opened = await clinic.evaluate(() =>
    [
      'https://docs.livekit.io/home/',
      'https://example.com/',
      'https://docs.livekit.io.example.com/',
      'https://user@docs.livekit.io/',
      'http://docs.livekit.io/',
      'file:///etc/passwd',
      'app://autamedica/',
      'javascript:alert(1)',
      'about:blank',
    ].map((address) => window.open(address) === null),
  );
  expect(opened).not.toContain(false);
  await expect
    .poll(() => desktop.app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened))
    .toEqual(['https://docs.livekit.io/home/']);
  expect(desktop.app.windows().length).toBe(before);
});
