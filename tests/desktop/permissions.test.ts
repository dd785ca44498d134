/** What pages may use of the computer: cameras and microphones, screens a doctor chose, and next to nothing else. */
import { expect, type Page, test } from '@playwright/test';
import { callFromPage, type Desktop, launchDesktop } from '../support/desktop.ts';

let desktop: Desktop;
let clinic: Page;
let consultation: Page;
let join: Page;

test.beforeAll(async () => {
  desktop = await launchDesktop();
  clinic = await desktop.window(/^app:\/\/autamedica\/$/);
  await callFromPage(clinic, 'desktop', 'windows/openConsultation', { consultationId: 'c-1' });
  consultation = await desktop.window(/\/consultation\/c-1$/);
  await callFromPage(clinic, 'desktop', 'windows/openInvitation', {
    link: 'autamedica://join?host=https%3A%2F%2Fclinica.example&code=ABC234',
  });
  join = await desktop.window(/\/join\?/);
});
test.afterAll(() => desktop.close());

test('every window may use camera and microphone', async () => {
  for (const page of [clinic, consultation, join]) {
    const kinds = await page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      const kinds = stream.getTracks().map((track) => track.kind);
      for (const track of stream.getTracks()) track.stop();
      return kinds.sort();
    });
    expect(kinds).toEqual(['audio', 'video']);
  }
});

/** What a runtime without hardware can be asked for and would give; the rest is in the answers below and in the unit tests. */
const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
  'clipboard-read': () => navigator.clipboard.readText(),
  'idle-detection': async () => {
    const detector = (window as unknown as { IdleDetector: { requestPermission(): Promise<string> } })
      .IdleDetector;
    const answer = await detector.requestPermission();
    if (answer !== 'granted') throw new Error(answer);
  },
  'window-management': () =>
    (window as unknown as { getScreenDetails(): Promise<unknown> }).getScreenDetails(),
  'local-fonts': async () => {
    const fonts = await (window as unknown as { queryLocalFonts(): Promise<unknown[]> }).queryLocalFonts();
    if (fonts.length === 0) throw new Error('none');
  },
};

for (const [name, attempt] of Object.entries(attempts)) {
  test(`no window may use ${name}`, async () => {
    for (const page of [clinic, consultation, join]) {
      // A click first: without one, many requests fail before the app is even asked.
      await page.mouse.click(5, 5);
      const outcome = await page.evaluate(
        `(${attempt.toString()})().then(() => 'granted', (e) => 'refused: ' + e.message)`,
      );
      expect(outcome, page.url()).toMatch(/^refused/);
    }
  });
}

test('the app answers no to every permission it knows, but for the few it grants', async () => {
  const names = [
    'geolocation',
    'notifications',
    'midi',
    'camera',
    'microphone',
    'background-sync',
    'persistent-storage',
    'accelerometer',
    'gyroscope',
    'magnetometer',
    'clipboard-read',
    'clipboard-write',
    'payment-handler',
    'idle-detection',
    'periodic-background-sync',
    'storage-access',
    'window-management',
    'local-fonts',
    'nfc',
  ];
  const granted = (page: Page) =>
    page.evaluate(async (names) => {
      const granted: string[] = [];
      for (const name of names) {
        const status = await navigator.permissions.query({ name } as unknown as PermissionDescriptor).then(
          ({ state }) => state,
          () => 'unknown to this runtime',
        );
        if (status === 'granted') granted.push(name);
      }
      return granted.sort();
    }, names);
  expect(await granted(clinic)).toEqual(['camera', 'clipboard-write', 'microphone', 'notifications']);
  expect(await granted(join)).toEqual(['camera', 'clipboard-write', 'microphone']);
});

test.describe('screen sharing', () => {
  const share = (page: Page) =>
    page.evaluate(async () => {
      try {
        const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
        const [track] = stream.getVideoTracks();
        const video = document.createElement('video');
        video.srcObject = stream;
        video.muted = true;
        await video.play();
        const size = { width: video.videoWidth, height: video.videoHeight };
        track?.stop();
        return size;
      } catch (error) {
        return (error as Error).name;
      }
    });

  test("a doctor's window gets the screen it chose, once", async () => {
    const listed = await callFromPage(consultation, 'desktop', 'capture/sources', { thumbnailSize: 160 });
    const sources = listed.data as { id: string; kind: string; thumbnail: string }[];
    const screen = sources.find((source) => source.kind === 'screen');
    expect(screen?.thumbnail).toMatch(/^data:image\/png;base64,/);

    expect(await share(consultation)).toMatch(/NotAllowedError|AbortError|NotFoundError|NotReadableError/);
    const chosen = await callFromPage(consultation, 'desktop', 'capture/choose', { id: screen?.id });
    expect(chosen.status).toBe(200);
    expect(await share(consultation)).toMatchObject({ width: 1280, height: 800 });
    expect(await share(consultation)).toMatch(/Error$/);
  });

  test('a source that is not there cannot be chosen', async () => {
    const answer = await callFromPage(consultation, 'desktop', 'capture/choose', { id: 'window:999999:0' });
    expect(answer).toMatchObject({ status: 404, data: { code: 'SOURCE_GONE' } });
  });

  test('no other window gets a screen, whichever way it asks', async () => {
    const listed = await callFromPage(consultation, 'desktop', 'capture/sources', { thumbnailSize: 0 });
    const id = (listed.data as { id: string; kind: string }[]).find((source) => source.kind === 'screen')?.id;
    for (const page of [clinic, join]) {
      expect(await share(page)).toMatch(/Error$/);
      // The way of before getDisplayMedia, which asks for no picker.
      const old = await page.evaluate(async (id) => {
        const video = { mandatory: { chromeMediaSource: 'desktop', chromeMediaSourceId: id } };
        return navigator.mediaDevices
          .getUserMedia({ audio: false, video } as unknown as MediaStreamConstraints)
          .then(
            () => 'captured',
            (error: Error) => error.name,
          );
      }, id);
      expect(old).not.toBe('captured');
    }
  });
});

test('only what a page of ours has made itself can be saved, and the system asks where to', async () => {
  await desktop.app.evaluate(({ session }) => {
    const seen: string[] = [];
    (globalThis as unknown as { seen: string[] }).seen = seen;
    session.defaultSession.on('will-download', (event, item) => {
      seen.push(`${item.getURL().split(/[:/]/)[0]} ${item.getSavePath()} ${event.defaultPrevented}`);
      // The dialog of the system would wait for somebody.
      item.cancel();
    });
  });
  const save = (address: string) =>
    clinic.evaluate((href) => {
      const link = document.createElement('a');
      link.href = href || URL.createObjectURL(new Blob(['x'], { type: 'text/plain' }));
      link.download = 'x.txt';
      link.click();
    }, address);
  const seen = () => desktop.app.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
  await save('data:text/plain,x');
  await expect.poll(seen).toEqual(['data  true']);
  await save('');
  await expect.poll(seen).toEqual(['data  true', 'blob  false']);
});
