/** Two people in two browsers of their own, about to have a call: on bare pages, or doctor and patient at our host. */
import type { Browser, Page } from '@playwright/test';
import type { SyntheticName } from '../../support/synthetic-media.ts';
import { launchBrowser, openPage } from '../../support/web-people.ts';
import { firstFrame, installPictureClock, readClock } from './picture-clock.ts';
import { admitAtOnce, enterWaitingRoom } from './robots.ts';

/** How long everybody rests in their place before what is measured happens, ms: people do not wait shorter. */
const restTime = 2_000;

const rest = () => new Promise<void>((resolve) => setTimeout(resolve, restTime));

export interface Start {
  /** From the click to the first frame, ms: at the one who clicked, and at the one who had been waiting. */
  readonly clicker: number;
  readonly other: number;
  /** What happened when, ms after the click, for finding out where the time goes. */
  readonly marks: Readonly<Record<string, number>>;
}

export interface Arrival {
  /** From opening the link to the first frame of the one already there, ms. */
  readonly ms: number;
  /** What happened when, ms after the link was opened. */
  readonly marks: Readonly<Record<string, number>>;
  /** The scripts loaded: compressed bytes, and when they had come, ms after the link was opened. */
  readonly scripts: readonly Script[];
}

export interface Script {
  readonly name: string;
  readonly bytes: number;
  readonly at: number;
}

export interface Pair {
  readonly browsers: readonly [Browser, Browser];
  /** Who was there first (doctor), and who comes (patient). New pages for each call. */
  readonly pages: readonly [Page, Page];
  /** Somebody opens a link and is let in at once: in a browser that just started with a new profile, or on a second visit. */
  arrive(how: 'cold' | 'warm'): Promise<Arrival>;
  /** Everything is ready, and a click starts the media. */
  start(): Promise<Start>;
  close(): Promise<void>;
}

interface Person {
  readonly browser: Browser;
  readonly page: Page;
}

async function openPerson(folder: string, who: SyntheticName): Promise<Person> {
  const browser = await launchBrowser(folder, who);
  const page = await openPage(browser);
  await installPictureClock(page.context());
  if (who === 'patient') await page.context().addInitScript(enterWaitingRoom);
  return { browser, page };
}

abstract class TwoBrowsers {
  readonly #folder: string;
  #people: readonly [Person, Person];

  constructor(folder: string, people: readonly [Person, Person]) {
    this.#folder = folder;
    this.#people = people;
  }

  get browsers(): readonly [Browser, Browser] {
    return [this.#people[0].browser, this.#people[1].browser];
  }

  get pages(): readonly [Page, Page] {
    return [this.#people[0].page, this.#people[1].page];
  }

  /** New pages in the same two profiles. */
  protected async renew(): Promise<readonly [Page, Page]> {
    const renewed = async ({ browser, page }: Person): Promise<Person> => {
      const next = await page.context().newPage();
      await page.close();
      return { browser, page: next };
    };
    this.#people = [await renewed(this.#people[0]), await renewed(this.#people[1])];
    return this.pages;
  }

  /** The page of who comes now: for a cold visit of a browser that was not there a moment ago. */
  protected async comer(how: 'cold' | 'warm'): Promise<Page> {
    if (how === 'cold') {
      const [doctor, before] = this.#people;
      await before.browser.close();
      this.#people = [doctor, await openPerson(this.#folder, 'patient')];
    }
    return this.#people[1].page;
  }

  async close(): Promise<void> {
    for (const browser of this.browsers) await browser.close();
  }
}

async function openTwo(folder: string): Promise<readonly [Person, Person]> {
  return [await openPerson(folder, 'doctor'), await openPerson(folder, 'patient')];
}

function since(start: number, times: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(times).map(([name, at]) => [name, at - start]));
}

async function arrivalIn(page: Page): Promise<Arrival> {
  const shown = await firstFrame(page);
  const { navigated, marks } = await readClock(page);
  const scripts = await page.evaluate(() =>
    (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
      .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
      .map(({ name, encodedBodySize, responseEnd }) => ({
        name: new URL(name).pathname.split('/').at(-1) ?? '',
        bytes: encodedBodySize,
        at: responseEnd,
      })),
  );
  return { ms: shown - navigated, marks: since(navigated, marks), scripts };
}

let rooms = 0;

export class BarePair extends TwoBrowsers implements Pair {
  readonly #url: string;

  static async open(url: string, folder: string): Promise<BarePair> {
    return new BarePair(url, folder, await openTwo(folder));
  }

  private constructor(url: string, ...two: ConstructorParameters<typeof TwoBrowsers>) {
    super(...two);
    this.#url = url;
  }

  async arrive(how: 'cold' | 'warm'): Promise<Arrival> {
    await this.renew();
    const room = await this.#wait();
    await rest();
    const second = await this.comer(how);
    await second.goto(`${room}#second`);
    return arrivalIn(second);
  }

  async start(): Promise<Start> {
    const [first, second] = await this.renew();
    const room = await this.#wait();
    await second.goto(room);
    const button = second.locator('#join:enabled');
    await button.waitFor();
    await rest();
    await button.click();
    const [clicker, other] = await Promise.all([firstFrame(second), firstFrame(first)]);
    const { click = Number.NaN, marks } = await readClock(second);
    return { clicker: clicker - click, other: other - click, marks: since(click, marks) };
  }

  /** The first one is in a new room. */
  async #wait(): Promise<string> {
    rooms += 1;
    const room = `${this.#url}/room-${rooms}`;
    const [first] = this.pages;
    await first.goto(`${room}#first`);
    await first.locator('body[data-joined] #join:enabled').waitFor();
    return room;
  }
}

export class OurPair extends TwoBrowsers implements Pair {
  readonly #url: string;
  readonly #transport: 'p2p' | 'sfu';

  static async open(url: string, transport: 'p2p' | 'sfu', folder: string): Promise<OurPair> {
    return new OurPair(url, transport, folder, await openTwo(folder));
  }

  private constructor(
    url: string,
    transport: 'p2p' | 'sfu',
    ...two: ConstructorParameters<typeof TwoBrowsers>
  ) {
    super(...two);
    this.#url = url;
    this.#transport = transport;
  }

  async arrive(how: 'cold' | 'warm'): Promise<Arrival> {
    const [doctor] = await this.renew();
    const link = await this.#wait();
    await doctor.evaluate(admitAtOnce);
    await rest();
    const patient = await this.comer(how);
    await patient.goto(link);
    const arrival = await arrivalIn(patient);
    const [{ marks }, { navigated }] = [await readClock(doctor), await readClock(patient)];
    return { ...arrival, marks: { ...arrival.marks, admitted: (marks.admitted ?? Number.NaN) - navigated } };
  }

  async start(): Promise<Start> {
    const [doctor, patient] = await this.renew();
    await patient.goto(await this.#wait());
    const admit = doctor.getByRole('button', { name: /^Admitir/ }).first();
    await admit.waitFor();
    await rest();
    await admit.click();
    const [clicker, other] = await Promise.all([firstFrame(doctor), firstFrame(patient)]);
    const { click = Number.NaN, marks } = await readClock(doctor);
    const theirs = since(click, (await readClock(patient)).marks);
    const own = since(click, marks);
    return {
      clicker: clicker - click,
      other: other - click,
      marks: {
        'doctor attached': own.attached ?? Number.NaN,
        'patient stage': theirs.stage ?? Number.NaN,
        'patient attached': theirs.attached ?? Number.NaN,
      },
    };
  }

  /** The doctor is in a new consultation, with camera and microphone open. Answers the patient's link. */
  async #wait(): Promise<string> {
    rooms += 1;
    const response = await fetch(`${this.#url}/api/consultations/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        consultationId: `b-${rooms}`,
        patientId: `p-${rooms}`,
        doctorId: `d-${rooms}`,
        patientName: 'Elena Ruiz',
        doctorName: 'Dr. Martín Pérez',
        transport: this.#transport,
      }),
    });
    const { data } = (await response.json()) as { data: { consultationId: string; invitationUrl: string } };
    const [doctor] = this.pages;
    await doctor.goto(`${this.#url}/consultation/${data.consultationId}`);
    await doctor.getByRole('toolbar', { name: 'Controles' }).waitFor();
    await doctor.waitForFunction(() => window.pictureClock.marks.devices);
    return data.invitationUrl;
  }
}
