/** The people of a consultation in real browsers, each with a camera and a microphone of their own, doing what a person does. */

import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  expect,
  type Locator,
  type Page,
} from '@playwright/test';
import { findBrowser } from '../../scripts/parts/system.ts';
import { quietSwitches } from './browser-switches.ts';
import { type SyntheticName, syntheticDevices } from './synthetic-media.ts';

export type Transport = 'Directo' | 'Servidor';

export interface BrowserOptions {
  readonly permissions?: readonly string[];
  readonly devices?: boolean;
  /** Instead of the one found on this computer. */
  readonly executablePath?: string | undefined;
  readonly switches?: readonly string[];
}

const usualPermissions = ['camera', 'microphone'];

/** A browser of somebody's own. Without permissions it refuses camera and microphone; without devices it has none. */
export async function launchBrowser(
  folder: string,
  who: SyntheticName,
  {
    permissions = usualPermissions,
    devices = true,
    executablePath = findBrowser(),
    switches = [],
  }: BrowserOptions = {},
): Promise<Browser> {
  return chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: [
      ...quietSwitches,
      ...switches,
      ...(devices ? await syntheticDevices(folder, who) : []),
      // Picks a screen without asking. It also grants camera and microphone, so not where they are refused.
      ...(permissions.length > 0 ? ['--use-fake-ui-for-media-stream'] : []),
    ],
  });
}

/** A page with a profile of its own: nothing that another page of the same browser stored is known to it. */
export async function openPage(
  browser: Browser,
  { permissions = usualPermissions }: BrowserOptions = {},
  more: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    locale: 'es-AR',
    timezoneId: 'America/Argentina/Buenos_Aires',
    viewport: { width: 1280, height: 800 },
    permissions: [...permissions],
    ...more,
  });
  context.setDefaultTimeout(15_000);
  return context.newPage();
}

/** What a doctor does. The page is the clinic's, in a browser or in the desktop app. */
export class DoctorAtWork {
  page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Makes a consultation and answers the link for the patient. */
  async invite(patientName: string, doctorName = 'Dr. Martín Pérez'): Promise<string> {
    await this.page
      .getByRole('button', { name: /Nueva consulta|Crear la primera/ })
      .first()
      .click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('Nombre del paciente (opcional)').fill(patientName);
    await dialog.getByLabel('Tu nombre').fill(doctorName);
    await dialog.getByRole('button', { name: 'Crear e invitar' }).click();
    const link = await this.page
      .getByText(/^https?:\/\/.*\/join\/[A-Z0-9]{6}$/)
      .first()
      .textContent();
    if (!link) throw new Error('The invitation shows no link');
    return link;
  }

  /** From the open invitation into the consultation, in the same page. */
  async enter(): Promise<void> {
    await this.page.getByRole('button', { name: 'Entrar a la consulta' }).click();
    await expect(this.page.getByRole('toolbar', { name: 'Controles' })).toBeVisible();
  }

  async admit(name: string): Promise<void> {
    await this.page
      .getByRole('button', { name: new RegExp(`^Admitir( a ${name})?$`) })
      .first()
      .click();
  }

  /** Moves the running call and waits until it has arrived. */
  async moveTo(transport: Transport): Promise<void> {
    await this.page.getByRole('button', { name: /^Conexión:/ }).click();
    await this.page.getByRole('radio', { name: new RegExp(`^${transport}`) }).click();
    await expect(this.page.getByRole('button', { name: `Conexión: ${transport}` })).toBeVisible();
    await this.page.keyboard.press('Escape');
  }
}

/** What a patient does, from opening the link. */
export class PatientAtHome {
  page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(link: string): Promise<void> {
    await this.page.goto(link);
  }

  /** A control of the call bar, by the word under it. */
  control(word: string): Locator {
    return this.page.getByRole('button', { name: word, exact: true });
  }

  async enterWaitingRoom(name: string): Promise<void> {
    await this.page.getByLabel('Tu nombre, como lo verá el doctor').fill(name);
    await this.page.getByRole('checkbox').check();
    await this.page.getByRole('button', { name: 'Entrar a la sala de espera' }).click();
    await expect(
      this.page.getByRole('heading', { name: new RegExp(`Todo listo, ${name.split(' ')[0]}`) }),
    ).toBeVisible();
  }
}

/** What an observer does, from opening the link to the waiting room. */
export async function enterAsObserver(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel(/Tu nombre/).fill(name);
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Entrar a la sala de espera' }).click();
}
