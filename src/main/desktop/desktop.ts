/** Starts and ends the desktop app: one instance, its mode, its windows, its host and its links. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { app, Menu, type Session, session } from 'electron';
import { listAssets } from './assets.ts';
import { createCapture } from './capture.ts';
import { createClinicLink, type PairingAttempt } from './clinic-link.ts';
import { createEmbeddedHost, type EmbeddedHost } from './embedded-host.ts';
import { createExports } from './exports.ts';
import { failurePage, failurePagePath } from './failure-page.ts';
import { guardConnections, guardContents, guardSession } from './guards.ts';
import { findJoinLink, type JoinLink, linkScheme, parseJoinLink } from './links.ts';
import { createDesktopRouter } from './operations.ts';
import { type PageSource, pagesOrigin, registerPagesScheme, servePages } from './our-pages.ts';
import { createPins } from './pins.ts';
import { servePorts } from './ports.ts';
import { systemSecretBox } from './secret-box.ts';
import { decideMode, type Mode, openSettings, type SettingsStore } from './settings.ts';
import { textsFor } from './texts.ts';
import { createWindows, type Windows } from './windows.ts';

/** A host that does not stop within this time does not keep the app from ending. */
const stopLimitMs = 8_000;
/** Storage and permissions of invited people, apart from the clinic's. */
const invitationPartition = 'persist:invitation';

export interface DesktopOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly parameters: readonly string[];
  /** Folder of the built app: with `preload/index.cjs` and `renderer/`. */
  readonly builtApp: string;
}

export function startDesktop(options: DesktopOptions): void {
  if (!app.requestSingleInstanceLock()) {
    // The first instance was told, with our arguments.
    app.quit();
    return;
  }
  const { environment, parameters } = options;
  const developmentUrl = app.isPackaged ? undefined : environment.ELECTRON_RENDERER_URL;
  const pages: PageSource = { developmentOrigin: developmentUrl && new URL(developmentUrl).origin };
  registerPagesScheme();
  guardContents(pages);
  if (app.isPackaged) app.setAsDefaultProtocolClient(linkScheme);

  // macOS hands links over by an event, possibly before anything is ready.
  let openLink = (link: JoinLink): void => {
    early = link;
  };
  let early: JoinLink | undefined;
  app.on('open-url', (event, address) => {
    event.preventDefault();
    const link = parseJoinLink(address);
    if (link) openLink(link);
  });

  void app.whenReady().then(() => {
    const invitation = findJoinLink(parameters) ?? early;
    const settings = openSettings(app.getPath('userData'));
    const desktop = openDesktop(options, pages, settings);
    const { windows } = desktop;
    openLink = (link) => windows.openInvitation(link);
    app.on('second-instance', (_event, secondParameters) => {
      const link = findJoinLink(secondParameters);
      if (link) windows.openInvitation(link);
      else desktop.openFirstWindow();
    });
    app.on('activate', () => desktop.openFirstWindow());
    if (invitation) windows.openInvitation(invitation);
    const decided = decideMode(parameters, settings.read().mode, invitation !== undefined);
    // An app run from its sources is a clinic until somebody says otherwise.
    const unsaid = decided === 'ask' && !app.isPackaged && !parameters.includes('--ask');
    desktop.start(unsaid ? 'clinic' : decided);
    if (!invitation || desktop.mode === 'clinic' || desktop.mode === 'paired') desktop.openFirstWindow();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
}

/** Chromium remembers in each session what it thought of a certificate, also when another is expected later: each attempt has its own. */
function openAttempt(origin: string, fingerprint: string | undefined): PairingAttempt {
  const attempt = session.fromPartition(`pairing-${randomUUID()}`);
  const pins = createPins(Date.now);
  if (fingerprint === undefined) pins.learn(origin);
  else pins.pin(origin, fingerprint);
  guardConnections(attempt, {
    judge: (hostname, shown, trusted) =>
      trusted && fingerprint === undefined ? 'chromium' : pins.judge(hostname, shown),
  });
  return {
    fetch: (address, init) => attempt.fetch(address, init),
    authority: () => pins.authorityOf(origin),
  };
}

interface Desktop {
  readonly windows: Windows;
  /** `ask`: nobody has said yet what this computer is for. */
  readonly mode: Mode | 'ask';
  /** Starts what a mode needs; opens no window. */
  start(decided: Mode | 'ask'): void;
  openFirstWindow(): void;
}

function openDesktop(
  { environment, builtApp }: DesktopOptions,
  pages: PageSource,
  settings: SettingsStore,
): Desktop {
  const texts = textsFor(app.getLocale());
  const rendererFolder = join(builtApp, 'renderer');
  let mode: Mode | 'ask' = 'ask';
  let host: EmbeddedHost | undefined;
  /** An earlier host that is ending: its port and data are its own until then. */
  let leaving: Promise<void> | undefined;

  const createHost = () =>
    createEmbeddedHost({
      // Loaded here, so that an app without a host does not read the host's code.
      start: async () => {
        await leaving;
        const [{ startHost }, { loadConfig }] = await Promise.all([
          import('../host/host.ts'),
          import('../host/runtime/config.ts'),
        ]);
        const config = loadConfig(environment, {
          webRoot: existsSync(join(rendererFolder, 'index.html')) ? rendererFolder : undefined,
          resourcesDir: app.isPackaged ? process.resourcesPath : undefined,
        });
        const { developmentOrigin } = pages;
        return startHost(
          developmentOrigin === undefined
            ? config
            : { ...config, corsOrigins: [...config.corsOrigins, developmentOrigin] },
          systemSecretBox(),
        );
      },
      texts,
    });

  const clinicSession = session.defaultSession;
  let windows: Windows;
  const capture = createCapture({
    windows: () => windows,
    wayland: process.platform === 'linux' && environment.XDG_SESSION_TYPE === 'wayland',
    // Darwin 24 is macOS 15.
    macPicker: process.platform === 'darwin' && Number(release().split('.')[0]) >= 24,
  });
  const exports = createExports(() => {
    const running = host?.state;
    return [running?.name === 'running' ? running.url : undefined, clinic.origin].filter(
      (origin) => origin !== undefined,
    );
  });
  const assets = listAssets(rendererFolder);
  const shellPage = (path: string) =>
    path === failurePagePath && host?.state.name === 'failed' ? failurePage(host.state, texts) : undefined;
  const prepare = (each: Session) => {
    guardSession(each, () => windows, pages);
    servePages(each, assets, shellPage);
    return each;
  };
  prepare(clinicSession);
  capture.serve(clinicSession);
  /** One for each clinic known by a fingerprint: Chromium does not take back a judgement it made in a session. */
  const invitationSessions = new Map<string, Session>();
  const invitationSession = (link: JoinLink | undefined): Session => {
    const { host, fingerprint } = link ?? {};
    const partition = [invitationPartition, fingerprint].filter(Boolean).join('-');
    const prepared = invitationSessions.get(partition);
    if (prepared) return prepared;
    const made = prepare(session.fromPartition(partition));
    invitationSessions.set(partition, made);
    const pins = createPins(Date.now);
    if (host !== undefined && fingerprint !== undefined) pins.pin(host, fingerprint);
    guardConnections(made, pins);
    return made;
  };
  // Apart from the invitations', so that a link from outside says nothing about the clinic's own host.
  const clinicPins = createPins(Date.now);
  guardConnections(clinicSession, clinicPins);
  const clinic = createClinicLink({
    settings,
    box: systemSecretBox(),
    openAttempt,
    pin: clinicPins.pin,
  });

  windows = createWindows({
    preload: join(builtApp, 'preload/index.cjs'),
    icon: join(app.getAppPath(), 'resources/icon.png'),
    pages,
    texts,
    developerTools: !app.isPackaged,
    sessionFor: (kind, link) => (kind === 'join' ? invitationSession(link) : clinicSession),
    pairedClinic: () => (mode === 'paired' ? clinic.origin : undefined),
  });
  clinic.serve(clinicSession, (contents) => {
    const kind = windows.of(contents ?? null)?.kind;
    return mode === 'paired' && (kind === 'clinic' || kind === 'consultation');
  });
  const start = (decided: Mode | 'ask') => {
    mode = decided;
    if (mode === 'paired' && clinic.origin === undefined) mode = 'ask';
    if (mode !== 'clinic' || host) return;
    host = createHost();
    showFailures(host, windows);
    // The failure is in the state; this only keeps it from counting as unhandled.
    host.get().catch(() => undefined);
  };
  const desktopRouter = createDesktopRouter({
    windows,
    capture,
    exports,
    texts,
    hostState: () => host?.state ?? { name: 'none' },
    host: () => host,
    leaveClinic: async () => {
      const { mode: _, ...others } = settings.read();
      settings.write(others);
      mode = 'ask';
      // First the windows, so that none of them asks a host that is gone.
      windows.beginAnew('start');
      const left = host;
      host = undefined;
      leaving = left && stopped(left);
      await leaving;
    },
    clinic,
    mode: () => mode,
    begin: (chosen) => {
      if (chosen !== 'ask') settings.write({ ...settings.read(), mode: chosen });
      start(chosen);
      windows.beginAnew(firstWindowOf[chosen]);
    },
  });
  quitInOrder(() => host, windows);
  servePorts({ windows, pages, texts, host: () => host, desktopRouter });

  if (process.platform === 'darwin') {
    Menu.setApplicationMenu(
      Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]),
    );
  } else {
    Menu.setApplicationMenu(null);
  }
  return {
    windows,
    get mode() {
      return mode;
    },
    start,
    openFirstWindow: () => {
      if (mode === 'clinic' || mode === 'paired') windows.openClinic();
      else if (windows.all().length > 0) windows.focusAny();
      else windows.beginAnew(firstWindowOf[mode]);
    },
  };
}

const firstWindowOf = { clinic: 'clinic', paired: 'clinic', client: 'join', ask: 'start' } as const;

/** A failure to start is shown in the clinic's window. */
function showFailures(host: EmbeddedHost, windows: Windows): void {
  host.onState((state) => {
    if (state.name !== 'failed') return;
    const clinic = windows.all().find(({ kind }) => kind === 'clinic');
    void clinic?.browserWindow.loadURL(`${pagesOrigin}${failurePagePath}`);
  });
}

/** First the consultations are left, while everything still runs, so that nothing of a recording is cut off; then the host ends, and at last the app. */
function quitInOrder(host: () => EmbeddedHost | undefined, windows: Windows): void {
  app.on('before-quit', (event) => {
    if (windows.all().some(({ kind }) => kind === 'consultation')) {
      event.preventDefault();
      windows.leaveConsultations(() => app.quit());
      return;
    }
    const running = host();
    if (!running) return;
    event.preventDefault();
    for (const { browserWindow } of windows.all()) browserWindow.hide();
    // Everything was asked by now: nothing may keep an app that cannot be seen running.
    void stopped(running).then(() => app.exit());
  });
}

/** Done when it has stopped, or when it has had its time. */
async function stopped(host: EmbeddedHost): Promise<void> {
  const limit = new Promise((resolve) => setTimeout(resolve, stopLimitMs));
  await Promise.race([host.close().catch(() => undefined), limit]);
}
