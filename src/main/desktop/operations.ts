/** Implements the desktop shell's contract for the window that calls. */
import { hostname } from 'node:os';
import { implement, ORPCError } from '@orpc/server';
import { app, clipboard, Notification, shell, systemPreferences, type WebContents } from 'electron';
import { desktopContract, type HostState, type MediaAccess } from '../../shared/contract/desktop.ts';
import { lanAddresses } from '../host/network/addresses.ts';
import type { Capture } from './capture.ts';
import { type ClinicLink, PairingError } from './clinic-link.ts';
import type { EmbeddedHost } from './embedded-host.ts';
import type { Exports } from './exports.ts';
import { findClinics } from './find-clinics.ts';
import { parseJoinLink } from './links.ts';
import type { Mode } from './settings.ts';
import type { Texts } from './texts.ts';
import type { AppWindow, Windows } from './windows.ts';

/** The window a port was given to. */
export interface DesktopContext {
  readonly window: AppWindow;
}

export interface DesktopParts {
  readonly windows: Windows;
  readonly capture: Capture;
  readonly exports: Exports;
  readonly texts: Texts;
  readonly hostState: () => HostState;
  /** The host inside this app; undefined when it has none. */
  readonly host: () => EmbeddedHost | undefined;
  /** Ends the host inside this app and asks again what this computer is for. */
  readonly leaveClinic: () => Promise<void>;
  readonly clinic: ClinicLink;
  /** Opens what this computer is for from now on. */
  readonly begin: (mode: Mode | 'ask') => void;
  readonly mode: () => Mode | 'ask';
}

export function createDesktopRouter({
  windows,
  capture,
  exports,
  texts,
  hostState,
  host,
  leaveClinic,
  clinic,
  begin,
  mode,
}: DesktopParts) {
  const os = implement(desktopContract)
    .$context<DesktopContext>()
    .use(({ context, procedure, next }) => {
      const allowed = procedure['~orpc'].meta.windows;
      if (!allowed.includes(context.window.kind)) {
        throw new ORPCError('FORBIDDEN', { status: 403, message: 'This window may not do that.' });
      }
      return next();
    });

  return os.router({
    app: {
      info: os.app.info.handler(({ context }) => ({
        version: app.getVersion(),
        electron: process.versions.electron,
        chromium: process.versions.chrome,
        platform: process.platform,
        window: context.window.kind,
        systemPicker: capture.systemPicker,
        computerName: hostname(),
      })),
      host: os.app.host.handler(() => hostState()),
      ask: os.app.ask.handler(({ errors }) => {
        if (mode() !== 'client') throw errors.FORBIDDEN();
        afterAnswer(() => begin('ask'));
      }),
      leaveClinic: os.app.leaveClinic.handler(({ errors }) => {
        if (mode() !== 'clinic') throw errors.FORBIDDEN();
        afterAnswer(() => void leaveClinic());
      }),
      recoveryKey: os.app.recoveryKey.handler(async ({ errors }) => {
        const embedded = host();
        if (mode() !== 'clinic' || !embedded) throw errors.FORBIDDEN();
        return { recoveryKey: (await embedded.get()).showRecoveryKey(), computerName: hostname() };
      }),
      recordingKey: os.app.recordingKey.handler(async ({ errors }) => {
        const embedded = host();
        if (mode() !== 'clinic' || !embedded) throw errors.FORBIDDEN();
        return { ...(await embedded.get()).showRecordingKey(), computerName: hostname() };
      }),
      begin: os.app.begin.handler(({ input }) => afterAnswer(() => begin(input.mode))),
    },
    clinic: {
      pair: os.clinic.pair.handler(async ({ input, errors }) => {
        try {
          await clinic.pair(input);
        } catch (error) {
          throw error instanceof PairingError ? errors[error.code]() : error;
        }
        afterAnswer(() => begin('paired'));
      }),
      find: os.clinic.find.handler(() => findClinics(lanAddresses())),
      forget: os.clinic.forget.handler(() => {
        clinic.forget();
        afterAnswer(() => begin('ask'));
      }),
    },
    windows: {
      openConsultation: os.windows.openConsultation.handler(({ input }) =>
        windows.openConsultation(input.consultationId),
      ),
      openInvitation: os.windows.openInvitation.handler(({ input, errors }) => {
        const link = parseJoinLink(input.link);
        if (!link) throw errors.INVITATION_NOT_FOUND();
        windows.openInvitation(link);
      }),
      close: os.windows.close.handler(({ context }) => {
        afterAnswer(() => context.window.browserWindow.close());
      }),
      askToClose: os.windows.askToClose.handler(({ input, context }) =>
        windows.askToClose(context.window, input),
      ),
      save: os.windows.save.handler(({ input, context, errors }) => {
        const saving = exports.save(contentsOf(context), input.url);
        if (!saving) throw errors.FORBIDDEN();
        return saving;
      }),
      print: os.windows.print.handler(({ context }) => contentsOf(context).print({})),
      attention: os.windows.attention.handler(({ context }) => {
        const { browserWindow } = context.window;
        if (browserWindow.isFocused()) return;
        browserWindow.flashFrame(true);
        browserWindow.once('focus', () => browserWindow.flashFrame(false));
        app.dock?.bounce('informational');
      }),
    },
    capture: {
      sources: os.capture.sources.handler(({ input }) => capture.sources(input.thumbnailSize)),
      choose: os.capture.choose.handler(async ({ input, context, errors }) => {
        if (!(await capture.choose(contentsOf(context), input.id, input.audio))) throw errors.SOURCE_GONE();
      }),
    },
    devices: {
      access: os.devices.access.handler(() => ({
        camera: mediaAccess('camera'),
        microphone: mediaAccess('microphone'),
        screen: mediaAccess('screen'),
      })),
      requestAccess: os.devices.requestAccess.handler(async ({ input }) => {
        if (process.platform === 'darwin') await systemPreferences.askForMediaAccess(input.device);
        return mediaAccess(input.device);
      }),
      openSettings: os.devices.openSettings.handler(async ({ input }) => {
        const address = privacySettings[process.platform]?.[input.device];
        if (address === undefined) return { opened: false };
        await shell.openExternal(address);
        return { opened: true };
      }),
    },
    notices: {
      show: os.notices.show.handler(({ input }) => {
        if (!Notification.isSupported()) return;
        const notices = {
          'patient-waiting': { title: texts.patientWaitingTitle, body: texts.patientWaitingBody },
          'observer-waiting': { title: texts.observerWaitingTitle, body: texts.observerWaitingBody },
          'message-received': { title: texts.messageTitle, body: texts.messageBody },
        };
        const notification = new Notification(notices[input.notice]);
        notification.on('click', () => windows.focusAny());
        notification.show();
      }),
      badge: os.notices.badge.handler(({ input }) => {
        app.setBadgeCount(input.count);
      }),
    },
    clipboard: {
      write: os.clipboard.write.handler(({ input }) => clipboard.writeText(input.text)),
    },
  });
}

/** The answer travels by the port of the window that what follows may close. */
function afterAnswer(run: () => void): void {
  setImmediate(run);
}

function contentsOf(context: DesktopContext): WebContents {
  return context.window.browserWindow.webContents;
}

/** Linux has no such question; only trying the device tells. */
function mediaAccess(device: 'camera' | 'microphone' | 'screen'): MediaAccess {
  return typeof systemPreferences.getMediaAccessStatus === 'function'
    ? systemPreferences.getMediaAccessStatus(device)
    : 'unknown';
}

const privacySettings: Partial<Record<NodeJS.Platform, Record<'camera' | 'microphone' | 'screen', string>>> =
  {
    darwin: {
      camera: 'x-apple.systempreferences:com.apple.preference.security?Privacy_Camera',
      microphone: 'x-apple.systempreferences:com.apple.preference.security?Privacy_Microphone',
      screen: 'x-apple.systempreferences:com.apple.preference.security?Privacy_ScreenCapture',
    },
    win32: {
      camera: 'ms-settings:privacy-webcam',
      microphone: 'ms-settings:privacy-microphone',
      screen: 'ms-settings:privacy',
    },
  };
