/** The app's windows: what each is for, how it is opened, and how one is found again. */
import {
  BrowserWindow,
  dialog,
  nativeTheme,
  powerSaveBlocker,
  type Session,
  type WebContents,
} from 'electron';
import {
  type ClosingAnswer,
  type ClosingQuestion,
  closingAnswerSchema,
  type WindowKind,
} from '../../shared/contract/desktop.ts';
import type { JoinLink } from './links.ts';
import { type PageSource, pageAddress } from './our-pages.ts';
import type { Texts } from './texts.ts';

export interface AppWindow {
  readonly kind: WindowKind;
  readonly browserWindow: BrowserWindow;
  /** What the window is about, so that it is not opened twice: a consultation's id, an invitation's host, code and fingerprint. */
  readonly subject: string;
}

export interface WindowOptions {
  readonly preload: string;
  readonly icon: string;
  readonly pages: PageSource;
  readonly texts: Texts;
  readonly developerTools: boolean;
  /** Invited people have a session of their own, so that nothing of theirs meets the clinic's storage. */
  readonly sessionFor: (kind: WindowKind, link: JoinLink | undefined) => Session;
  /** Origin of the host this computer is paired with. */
  readonly pairedClinic: () => string | undefined;
}

export interface Windows {
  openClinic(): void;
  openConsultation(consultationId: string): void;
  /** @param link undefined opens the page where a link or code is pasted. */
  openInvitation(link: JoinLink | undefined): void;
  /** The window a page belongs to; undefined for anything the app did not open. */
  of(contents: WebContents | null): AppWindow | undefined;
  /** Opens the first window of one kind and closes all others but those of invitations: what this computer is for has changed. */
  beginAnew(kind: 'clinic' | 'join' | 'start'): void;
  /** Asks what the page says, over its window; while a question stands there already, its answer is the answer. */
  askToClose(window: AppWindow, question: ClosingQuestion): Promise<ClosingAnswer>;
  /** Closes the windows of consultations, which may ask first, and then does it; never when somebody stays in one. */
  leaveConsultations(then: () => void): void;
  /** Brings the app's main window to the front, whichever it is. */
  focusAny(): void;
  all(): readonly AppWindow[];
}

const sizes = {
  clinic: { width: 1280, height: 800, minWidth: 900, minHeight: 620 },
  consultation: { width: 1280, height: 800, minWidth: 720, minHeight: 520 },
  start: { width: 720, height: 760, minWidth: 360, minHeight: 560 },
  join: { width: 1180, height: 880, minWidth: 360, minHeight: 560 },
} as const satisfies Record<WindowKind, object>;

const firstPages = { clinic: '/', join: '/join', start: '/start' } as const;

/** What the preload script tells the page. */
function bridgeArguments(kind: WindowKind, clinic: string | undefined): string[] {
  const isOfStaff = kind === 'clinic' || kind === 'consultation';
  return [
    `--autamedica-mode=${isOfStaff ? 'clinic' : 'client'}`,
    ...(isOfStaff && clinic !== undefined ? [`--autamedica-clinic=${clinic}`] : []),
  ];
}

export function createWindows(options: WindowOptions): Windows {
  const windows = new Map<number, AppWindow>();
  /** What waits for all consultations to be left; given up when somebody stays in one. */
  let onceLeft: (() => void) | undefined;
  /** Questions about closing that stand over a window. */
  const asked = new Map<BrowserWindow, Promise<ClosingAnswer>>();

  /** Opens a window, or brings the one with the same subject to the front. */
  function open(kind: WindowKind, path: string, subject: string, link?: JoinLink): void {
    const present = find((window) => window.kind === kind && window.subject === subject);
    if (present) {
      focus(present);
      return;
    }

    const browserWindow = new BrowserWindow({
      ...sizes[kind],
      title: options.texts.product,
      icon: options.icon,
      show: false,
      autoHideMenuBar: true,
      backgroundColor: kind === 'consultation' || nativeTheme.shouldUseDarkColors ? '#14191a' : '#f7f7f5',
      webPreferences: {
        preload: options.preload,
        additionalArguments: bridgeArguments(kind, options.pairedClinic()),
        session: options.sessionFor(kind, link),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        safeDialogs: true,
        spellcheck: false,
        devTools: options.developerTools,
        // A call goes on at full rate behind other windows, and a voice plays without a click first.
        backgroundThrottling: kind === 'clinic',
        autoplayPolicy: 'no-user-gesture-required',
      },
    });
    const { webContents } = browserWindow;
    const id = webContents.id;
    windows.set(id, { kind, browserWindow, subject });
    browserWindow.once('closed', () => {
      windows.delete(id);
      goOnIfLeft();
    });
    if (kind === 'consultation' || kind === 'join') keepDisplayOn(browserWindow);
    browserWindow.once('ready-to-show', () => browserWindow.show());
    webContents.once('did-fail-load', () => browserWindow.show());
    webContents.on('render-process-gone', (_event, details) => {
      if (details.reason !== 'clean-exit') void offerReload(browserWindow);
    });
    void browserWindow.loadURL(pageAddress(path, options.pages));
  }

  /** Nobody touches the mouse while they talk. */
  function keepDisplayOn(browserWindow: BrowserWindow): void {
    const blocker = powerSaveBlocker.start('prevent-display-sleep');
    browserWindow.once('closed', () => powerSaveBlocker.stop(blocker));
  }

  function askToClose({ browserWindow }: AppWindow, question: ClosingQuestion): Promise<ClosingAnswer> {
    const standing =
      asked.get(browserWindow) ?? ask(browserWindow, question).finally(() => asked.delete(browserWindow));
    asked.set(browserWindow, standing);
    return standing;
  }

  async function ask(browserWindow: BrowserWindow, question: ClosingQuestion): Promise<ClosingAnswer> {
    const answers = closingAnswerSchema.options.filter((answer) => question[answer] !== undefined);
    const { response } = await dialog.showMessageBox(browserWindow, {
      type: 'warning',
      title: options.texts.product,
      message: question.message,
      detail: question.detail,
      buttons: answers.map((answer) => question[answer] ?? ''),
      defaultId: 0,
      cancelId: answers.indexOf('stay'),
      noLink: true,
    });
    const answer = answers[response] ?? 'stay';
    if (answer === 'stay') onceLeft = undefined;
    if (answer === 'leave' && !browserWindow.isDestroyed()) browserWindow.destroy();
    return answer;
  }

  /** Goes on with what waits for the consultations to be left. */
  function goOnIfLeft(): void {
    if (find(({ kind }) => kind === 'consultation')) return;
    const goOn = onceLeft;
    onceLeft = undefined;
    goOn?.();
  }

  async function offerReload(browserWindow: BrowserWindow): Promise<void> {
    if (browserWindow.isDestroyed()) return;
    const { response } = await dialog.showMessageBox(browserWindow, {
      type: 'error',
      title: options.texts.product,
      message: options.texts.crashedTitle,
      detail: options.texts.crashedDetail,
      buttons: [options.texts.reload, options.texts.close],
      defaultId: 0,
      cancelId: 1,
      noLink: true,
    });
    if (browserWindow.isDestroyed()) return;
    if (response === 0) browserWindow.webContents.reload();
    else browserWindow.destroy();
  }

  function focus(found: AppWindow): void {
    if (found.browserWindow.isMinimized()) found.browserWindow.restore();
    found.browserWindow.show();
    found.browserWindow.focus();
  }

  function find(test: (window: AppWindow) => boolean): AppWindow | undefined {
    return [...windows.values()].find(test);
  }

  return {
    openClinic: () => open('clinic', firstPages.clinic, ''),
    beginAnew: (kind) => {
      const old = [...windows].filter(([, { kind, subject }]) => kind !== 'join' || subject === '');
      // No longer ours from here on, whatever they still ask for.
      for (const [id] of old) windows.delete(id);
      open(kind, firstPages[kind], '');
      for (const [, { browserWindow }] of old) browserWindow.destroy();
    },
    openConsultation: (consultationId) =>
      open('consultation', `/consultation/${encodeURIComponent(consultationId)}`, consultationId),
    openInvitation: (link) => {
      if (!link) {
        open('join', firstPages.join, '');
        return;
      }
      const query = new URLSearchParams({ host: link.host, code: link.code });
      open('join', `/join?${query}`, [link.host, link.code, link.fingerprint].join(' '), link);
      // The page that asked for a link has got one.
      find((window) => window.kind === 'join' && window.subject === '')?.browserWindow.close();
    },
    askToClose,
    leaveConsultations: (then) => {
      onceLeft = then;
      for (const { kind, browserWindow } of [...windows.values()])
        if (kind === 'consultation') browserWindow.close();
      goOnIfLeft();
    },
    of: (contents) => (contents ? windows.get(contents.id) : undefined),
    focusAny: () => {
      const found = find((window) => window.kind === 'clinic') ?? find(() => true);
      if (found) focus(found);
    },
    all: () => [...windows.values()],
  };
}
