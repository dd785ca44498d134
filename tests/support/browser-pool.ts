/** The browsers of people in tests: started once and used by one test after another, each time with new profiles. */
import type { Browser } from '@playwright/test';
import type { SyntheticName } from './synthetic-media.ts';
import { type BrowserOptions, launchBrowser } from './web-people.ts';

export class BrowserPool {
  readonly #mediaFolder: string;
  readonly #idle = new Map<string, Browser[]>();
  #taken: { readonly browser: Browser; readonly kind: string | undefined }[] = [];

  /** @param mediaFolder where pictures and sounds of cameras and microphones are made. */
  constructor(mediaFolder: string) {
    this.#mediaFolder = mediaFolder;
  }

  /** A browser that nobody else has until it is given back. */
  async take(who: SyntheticName, options: BrowserOptions = {}): Promise<Browser> {
    // One that runs elsewhere or is told what to trust is for its own test only.
    const own = options.executablePath !== undefined || options.switches !== undefined;
    const kind = own ? undefined : JSON.stringify([who, options]);
    const idle = kind === undefined ? undefined : this.#idle.get(kind)?.pop();
    const browser = idle?.isConnected() ? idle : await launchBrowser(this.#mediaFolder, who, options);
    this.#taken.push({ browser, kind });
    return browser;
  }

  /** Ends every page that was opened, with all it stored. */
  async giveBack(): Promise<void> {
    for (const { browser, kind } of this.#taken.splice(0)) {
      if (kind === undefined) {
        await browser.close();
        continue;
      }
      await Promise.all(browser.contexts().map((context) => context.close()));
      this.#idle.set(kind, [...(this.#idle.get(kind) ?? []), browser]);
    }
  }

  async close(): Promise<void> {
    await this.giveBack();
    for (const browser of [...this.#idle.values()].flat()) await browser.close();
  }
}
