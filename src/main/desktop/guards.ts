/** Keeps our pages to themselves: no permission, navigation, frame or window that is not ours is granted. */
import { app, type Session, shell, type WebContents, type WebFrameMain } from 'electron';
import { readUrl } from '../host/runtime/read-url.ts';
import { isOurPage, type PageSource } from './our-pages.ts';
import { isPermitted } from './permissions.ts';
import type { ShownCertificate } from './pins.ts';
import type { Windows } from './windows.ts';

/** Sites our pages may open in the person's own browser. */
const outsideOrigins: readonly string[] = [
  'https://livekit.io',
  'https://docs.livekit.io',
  'https://github.com',
];

function isAllowedOutside(address: string): boolean {
  const url = readUrl(address);
  return (
    url !== undefined && url.username === '' && url.password === '' && outsideOrigins.includes(url.origin)
  );
}

/** Whether an address leads to something that a page of ours has made itself. */
function isOurBlob(address: string, pages: PageSource): boolean {
  return address.startsWith('blob:') && isOurPage(address.slice('blob:'.length), pages);
}

/** Answers every question of a session's pages; to be set before its first page opens. */
export function guardSession(session: Session, windows: () => Windows, pages: PageSource): void {
  // Chromium would fetch a dictionary from its maker, also where no field is checked.
  session.setSpellCheckerLanguages([]);
  session.setSpellCheckerEnabled(false);
  session.setPermissionRequestHandler((contents, permission, answer, details) => {
    answer(
      isPermitted({
        permission,
        window: windows().of(contents)?.kind,
        fromOurPage: details.isMainFrame && isOurPage(details.requestingUrl, pages),
        media: ('mediaTypes' in details && details.mediaTypes) || [],
      }),
    );
  });
  session.setPermissionCheckHandler((contents, permission, origin, details) => {
    return isPermitted({
      permission,
      window: windows().of(contents)?.kind,
      fromOurPage: details.isMainFrame && isOurPage(origin, pages),
      media: details.mediaType === undefined ? [] : [details.mediaType],
    });
  });
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event, item) => {
    // A file of a consultation that a page of ours has fetched and its person asked to save: the system asks where to.
    // Everything else that would land on the disk is nobody's wish.
    if (!isOurBlob(item.getURL(), pages)) event.preventDefault();
  });
}

export interface JudgesCertificates {
  /** @param trusted what Chromium makes of it by itself. */
  judge(hostname: string, shown: ShownCertificate, trusted: boolean): 'good' | 'bad' | 'chromium';
}

/** Has a session's connections show the certificates that were pinned. Chromium keeps each judgement: pin before the first one. */
export function guardConnections(session: Session, pins: JudgesCertificates): void {
  session.setCertificateVerifyProc(({ hostname, certificate, verificationResult }, answer) => {
    // Electron: 0 accepts, -2 refuses, -3 leaves it to Chromium.
    const answers = { good: 0, bad: -2, chromium: -3 } as const;
    answer(answers[pins.judge(hostname, certificate, verificationResult === 'net::OK')]);
  });
}

/** Guards every page the app ever opens, also those nobody meant to open. */
export function guardContents(pages: PageSource): void {
  app.on('web-contents-created', (_event, contents) => {
    const stay = (event: { preventDefault(): void }, address: string) => {
      if (!isOurPage(address, pages)) event.preventDefault();
    };
    contents.on('will-navigate', (event, address) => stay(event, address));
    contents.on('will-redirect', (event, address) => stay(event, address));
    contents.on('will-frame-navigate', (event) => stay(event, event.url));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (isAllowedOutside(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
  });
}

/** Whether a message comes from one of our windows' own pages, not from a frame in it or from something else. */
export function isOurFrame(
  frame: WebFrameMain | null,
  sender: WebContents,
  windows: Windows,
  pages: PageSource,
): boolean {
  return (
    frame !== null && frame.parent === null && windows.of(sender) !== undefined && isOurPage(frame.url, pages)
  );
}
