/** Every screen in every state: nothing that axe finds serious, nothing wider than the window, and a picture to look at. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CDPSession, expect, type Page, test } from '@playwright/test';
import axe from 'axe-core';
import { type GalleryServer, serveGallery } from '../support/gallery.ts';

const pictures = fileURLToPath(new URL('../../test-results/screens/', import.meta.url));
const gallery = fileURLToPath(new URL('../../src/renderer/app/gallery/', import.meta.url));
const scenes = readdirSync(gallery)
  .filter((file) => file.endsWith('-scenes.tsx'))
  .flatMap((file) => [...readFileSync(join(gallery, file), 'utf8').matchAll(/^ {2}'([a-z-]+)': /gm)])
  .map(([, name = '']) => name);

const window = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

// One page shows them all; it makes the pictures itself.
test.use({ trace: 'off', screenshot: 'off' });

let server: GalleryServer;
let page: Page;
let devTools: CDPSession;

test.beforeAll(async ({ browser }) => {
  await mkdir(pictures, { recursive: true });
  server = await serveGallery();
  const context = await browser.newContext({ viewport: window, reducedMotion: 'reduce', locale: 'es-AR' });
  page = await context.newPage();
  devTools = await context.newCDPSession(page);
  await page.goto(`${server.origin}/gallery`);
  // The first page waits until the development server has prepared the libraries.
  await expect(page.getByRole('link', { name: 'clinic-agenda', exact: true })).toBeVisible({
    timeout: 60_000,
  });
  // Once: no scene loads the page anew.
  await page.evaluate(axe.source);
});

test.afterAll(async () => {
  await page?.context().close();
  await server?.close();
});

async function show(scene: string): Promise<void> {
  await page.evaluate((name) => {
    history.pushState(null, '', `/gallery/${name}`);
    dispatchEvent(new PopStateEvent('popstate'));
  }, scene);
  await expect(page.locator('h1, h2').first()).toBeVisible();
  await page.evaluate(() => document.fonts.ready);
  await expect
    .poll(() =>
      page.evaluate(() => [...document.querySelectorAll('video')].every((video) => video.videoWidth > 0)),
    )
    .toBe(true);
}

/** Buttons fade from one theme's colours to the other's, if only for a frame. */
async function coloursSettled(): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation instanceof CSSTransition)
        .map(({ finished }) => finished),
    ).then(() => undefined),
  );
}

/** As the browser draws it, without the time that small files take. */
async function takePicture(name: string): Promise<void> {
  const { data } = await devTools.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true });
  await writeFile(`${pictures}${name}.png`, Buffer.from(data, 'base64'));
}

async function seriousProblems(): Promise<string[]> {
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    // What passed is not asked for: telling it takes longer than finding it.
    const found = await axe.run({ resultTypes: ['violations'] });
    return found.violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.map(({ target }) => target.join(' ')),
    }));
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, where }) => `${id}: ${where.join(', ')}`);
}

test('the gallery has scenes of all four uses', () => {
  for (const use of ['clinic', 'doctor', 'patient', 'observer']) {
    expect(scenes.filter((scene) => scene.startsWith(`${use}-`)).length, use).toBeGreaterThan(2);
  }
});

for (const scene of scenes) {
  test(`${scene} can be used by everybody`, async () => {
    const sizes = /^(patient|observer)/.test(scene) ? [window, phone] : [window];
    await page.setViewportSize(window);
    await page.emulateMedia({ colorScheme: 'light' });
    await show(scene);
    for (const size of sizes) {
      await page.setViewportSize(size);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await coloursSettled();
        await takePicture(`${scene}-${size.width}-${colorScheme}`);
        if (size === sizes.at(-1)) expect(await seriousProblems(), colorScheme).toEqual([]);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${size.width} wide`).toBeLessThanOrEqual(0);
    }
  });
}

test('at 200 % the doctor still reaches every control of the bar', async () => {
  await page.setViewportSize({ width: 640, height: 400 });
  await show('doctor-call');
  const end = page.getByRole('button', { name: 'Finalizar' });
  await end.scrollIntoViewIfNeeded();
  await expect(end).toBeInViewport();
});
