/** The tests that need a browser or the desktop app. Run under a display: `npm test` brings one. */
import { defineConfig } from '@playwright/test';
import { findBrowser } from './scripts/parts/system.ts';

const executablePath = findBrowser();

export default defineConfig({
  outputDir: 'test-results/playwright',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    actionTimeout: 15_000,
    locale: 'es-AR',
    timezoneId: 'America/Argentina/Buenos_Aires',
    viewport: { width: 1280, height: 800 },
    // Without its film: pictures of each change of every page cost a fifth of the whole time.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--use-fake-device-for-media-stream',
      ],
    },
  },
  projects: [
    // Calls: pictures and sound are measured, so nothing runs beside them.
    { name: 'web', testDir: 'tests/web' },
    // With two workers there is one desktop app at a time, beside pages without a call.
    { name: 'desktop', testDir: 'tests/desktop', workers: 1 },
    { name: 'pages', testDir: 'tests/pages' },
    // By `npm run test:services` only: between computers that are network namespaces, and what takes long: a whole day, the packed app, clients of others.
    { name: 'network', testDir: 'tests/network' },
    { name: 'long', testDir: 'tests/long' },
  ],
});
