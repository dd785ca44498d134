/** Screen sharing: a doctor's window chooses a source from our list, and its next request for a screen gets that source, once. */
import { type DesktopCapturerSource, desktopCapturer, type Session, type WebContents } from 'electron';
import type { CaptureSource } from '../../shared/contract/desktop.ts';
import type { Windows } from './windows.ts';

/** A choice that is not used by then is forgotten. */
const choiceLifetimeMs = 15_000;

export interface Capture {
  /** Whether the system shows its own picker when a page asks for a screen, so that ours is not needed. */
  readonly systemPicker: boolean;
  /** @param thumbnailSize longest side of the previews, in pixels. */
  sources(thumbnailSize: number): Promise<CaptureSource[]>;
  /** @returns false when the source is not there any more. */
  choose(contents: WebContents, id: string, audio: boolean): Promise<boolean>;
  /** Answers the requests of a session's pages. */
  serve(session: Session): void;
}

export interface CaptureOptions {
  readonly windows: () => Windows;
  /** Wayland lets no program list windows: its portal asks the person. */
  readonly wayland: boolean;
  /** macOS 15 and later have a picker that Chromium can use. */
  readonly macPicker: boolean;
}

interface Choice {
  readonly source: DesktopCapturerSource;
  readonly audio: boolean;
  readonly until: number;
}

export function createCapture({ windows, wayland, macPicker }: CaptureOptions): Capture {
  const choices = new Map<number, Choice>();

  async function list(size: number): Promise<DesktopCapturerSource[]> {
    const sources = await desktopCapturer.getSources({
      types: ['screen', 'window'],
      thumbnailSize: { width: size, height: size },
      fetchWindowIcons: size > 0,
    });
    // Sharing the consultation into itself would show a hall of mirrors.
    const own = new Set(
      windows()
        .all()
        .map(({ browserWindow }) => browserWindow.getMediaSourceId()),
    );
    return sources.filter((source) => !own.has(source.id));
  }

  async function answer(contents: WebContents | undefined): Promise<Choice | undefined> {
    if (!contents || windows().of(contents)?.kind !== 'consultation') return undefined;
    if (wayland) {
      const [source] = await list(0);
      return source && { source, audio: false, until: Number.POSITIVE_INFINITY };
    }
    const choice = choices.get(contents.id);
    choices.delete(contents.id);
    return choice && choice.until >= Date.now() ? choice : undefined;
  }

  return {
    systemPicker: wayland || macPicker,
    sources: async (thumbnailSize) =>
      (await list(thumbnailSize)).map((source) => ({
        id: source.id,
        name: source.name,
        kind: source.id.startsWith('screen:') ? 'screen' : 'window',
        thumbnail: source.thumbnail.isEmpty() ? '' : source.thumbnail.toDataURL(),
        // Some systems have no icons; the field is then null, or an empty picture.
        ...(source.appIcon && !source.appIcon.isEmpty() ? { icon: source.appIcon.toDataURL() } : {}),
      })),
    choose: async (contents, id, audio) => {
      const source = (await list(0)).find((candidate) => candidate.id === id);
      if (!source) return false;
      const { id: contentsId } = contents;
      choices.set(contentsId, { source, audio, until: Date.now() + choiceLifetimeMs });
      contents.once('destroyed', () => choices.delete(contentsId));
      return true;
    },
    serve: (session) => {
      session.setDisplayMediaRequestHandler(
        (request, respond) => {
          const contents = windows()
            .all()
            .map(({ browserWindow }) => browserWindow.webContents)
            .find((candidate) => candidate.mainFrame === request.frame);
          void answer(contents).then((choice) => {
            if (!choice) return refuse(respond);
            // The system's own sound can be captured on Windows only; elsewhere asking for it fails the whole request.
            const withSound = choice.audio && request.audioRequested && process.platform === 'win32';
            respond({ video: choice.source, ...(withSound ? { audio: 'loopback' as const } : {}) });
          });
        },
        { useSystemPicker: macPicker },
      );
    },
  };
}

/** Some runtimes throw while they turn an empty answer into a refusal; the page is refused all the same. */
function refuse(respond: (streams: Electron.Streams) => void): void {
  try {
    respond({});
  } catch {
    // Refused.
  }
}
