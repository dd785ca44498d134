/** Real Chromium with the harness page in it: each party has a page of its own. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from '@playwright/test';
import { build } from 'vite';
import { contractPlugin } from '../../../scripts/contract-plugin.ts';
import { findBrowser } from '../../../scripts/parts/system.ts';
import { quietSwitches } from '../../support/browser-switches.ts';

export interface HarnessBrowser {
  readonly browser: Browser;
  /** A fresh page of its own context, with the harness loaded. */
  page(): Promise<Page>;
  /** Where the page comes from. */
  readonly origin: string;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** @param entry which page of this folder. */
export async function startHarness(entry: 'page' | 'recorder-page' = 'page'): Promise<HarnessBrowser> {
  const files = await buildPage(entry);
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://page').pathname.slice(1);
    const script = files.get(name);
    if (script !== undefined) {
      response.writeHead(200, { 'content-type': 'text/javascript' });
      response.end(script);
    } else if (name === '') {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(
        '<!doctype html><title>harness</title><body><script type="module" src="/page.js"></script>',
      );
    } else {
      response.writeHead(404).end();
    }
  });
  await listen(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const executablePath = findBrowser();
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: [...quietSwitches, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  });
  return {
    browser,
    origin: url.slice(0, -1),
    async page() {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(url);
      await page.waitForFunction(() => 'harness' in window || 'recorderHarness' in window);
      return page;
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

async function buildPage(entry: string): Promise<ReadonlyMap<string, string>> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [contractPlugin()],
    build: {
      write: false,
      target: 'chrome114',
      minify: false,
      modulePreload: false,
      rolldownOptions: {
        input: { page: fileURLToPath(new URL(`${entry}.ts`, import.meta.url)) },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
    worker: { format: 'es' },
  });
  const outputs = Array.isArray(result)
    ? result.flatMap((one) => one.output)
    : 'output' in result
      ? result.output
      : [];
  // Workers come as assets.
  return new Map(
    outputs.map((file) => [file.fileName, file.type === 'chunk' ? file.code : String(file.source)]),
  );
}
