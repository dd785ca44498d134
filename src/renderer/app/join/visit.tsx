/** One visit by an invitation: the checks, entering, and afterwards; the call itself is in `inside.tsx`. */
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { consentVersions } from '../../../shared/consent/consent.ts';
import type { Entry } from '../../../shared/contract/contract.ts';
import { CatalogueError, type HostClient } from '../../host-client/index.ts';
import type { LocalMedia } from '../../media/local-media.ts';
import { videoTrack } from '../../screens/call/tracks.ts';
import { BlockedScreen } from '../../screens/patient/blocked-screen.tsx';
import type { DeviceChecksProps, SpeakerTest } from '../../screens/patient/device-checks.tsx';
import { GoodbyeScreen } from '../../screens/patient/goodbye-screen.tsx';
import { ObserverDoorScreen, PrejoinScreen } from '../../screens/patient/prejoin-screen.tsx';
import { askShell } from '../hosts.ts';
import type { OpenCall } from '../open-call.ts';
import { preferences } from '../preferences.ts';
import { useStore } from '../store.ts';
import { useLocalMedia } from '../use-local-media.ts';
import { thisBrowser } from './browser.ts';
import { useConnectionCheck } from './connection-check.ts';
import { Consents } from './consents.tsx';
import type { InvitationGreeting } from './greeting.ts';
import { Inside } from './inside.tsx';
import { doorRefusals, Over, type OverReason } from './over.tsx';
import { memoryOf } from './visit-memory.ts';

export interface VisitProps {
  readonly code: string;
  readonly client: HostClient;
  readonly greeting: InvitationGreeting;
  readonly frame: (page: ReactNode) => ReactNode;
  /** The clinic has let somebody in. */
  readonly onEntered: () => void;
  /** Starts from the door again. */
  readonly onAgain: () => void;
}

type State =
  | { readonly name: 'checking' }
  | { readonly name: 'inside'; readonly call: OpenCall; readonly entry: Entry }
  | {
      readonly name: 'over';
      readonly reason: OverReason;
      readonly minutes: number | undefined;
      readonly note?: string | undefined;
      /** The call that was: it still knows who one was, for the receipts. */
      readonly visit?: { readonly call: OpenCall; readonly entry: Entry } | undefined;
    };

/** Endings after which the same person may come back by the same link. */
const returnable: ReadonlySet<OverReason> = new Set(['left', 'replaced', 'missed', 'full', 'error']);

/** The code of the call; loaded once however often it is asked for. */
export const loadCall = () => import('../open-call.ts');

export function Visit(props: VisitProps) {
  const { t } = useTranslation();
  const media = useLocalMedia();
  if (media) return <VisitWith {...props} media={media} />;
  return props.frame(
    <p className="muted" role="status">
      {t('door.loading')}
    </p>,
  );
}

function VisitWith({
  code,
  client,
  greeting,
  frame,
  media,
  onEntered,
  onAgain,
}: VisitProps & { readonly media: LocalMedia }) {
  const { t } = useTranslation();
  const observer = greeting.role === 'observer';
  const memory = useMemo(() => memoryOf(code), [code]);
  const [state, setState] = useState<State>({ name: 'checking' });
  const devices = useStore(media);
  const own = useStore(preferences);
  const [name, setName] = useState(own.visitorName || (observer ? '' : (greeting.patientName ?? '')));
  const [accepted, setAccepted] = useState(false);
  const [entering, setEntering] = useState(false);
  const [permissions, setPermissions] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [speakerTest, setSpeakerTest] = useState<SpeakerTest>('untested');
  const connection = useConnectionCheck(client, state.name === 'checking' && !observer);

  const enter = useCallback(
    async (displayName: string, terms: boolean) => {
      setEntering(true);
      setProblem(undefined);
      try {
        const [entry, { openCall }] = await Promise.all([
          client.invitations.redeem({
            code,
            displayName,
            ...(terms ? { termsVersion: consentVersions.terms } : {}),
            ...(observer ? { returnKey: memory.returnKey() } : {}),
          }),
          loadCall(),
        ]);
        memory.markInside();
        onEntered();
        preferences.set({ visitorName: displayName });
        setState({
          name: 'inside',
          entry,
          call: openCall({ entry, media }),
        });
      } catch (error) {
        const reason = error instanceof CatalogueError ? doorRefusals[error.code] : undefined;
        if (reason) setState({ name: 'over', reason, minutes: undefined });
        // Coming back is not entering: the terms have new words, or this visit was another person's.
        else if (error instanceof CatalogueError && error.code === 'TERMS_REQUIRED')
          setProblem(t('door.termsText'));
        else if (error instanceof CatalogueError && error.code === 'TOO_MANY_REQUESTS')
          setProblem(t('door.tooManyText'));
        else
          setProblem(t(error instanceof CatalogueError ? 'door.errorText' : 'checks.connectionUnreachable'));
      } finally {
        setEntering(false);
      }
    },
    [client, code, media, memory, observer, onEntered, t],
  );

  // Once: opens the devices, and goes straight back in after a reload of the page.
  const started = useRef(false);
  useEffect(() => {
    if (started.current) return;
    started.current = true;
    if (!observer) void media.start(memory.wish());
    if (memory.wasInside() && own.visitorName) void enter(own.visitorName, false);
  }, [media, memory, observer, own.visitorName, enter]);

  const test = useCallback(() => {
    setSpeakerTest('playing');
    media.playTestTone().then(
      () => setSpeakerTest('asking'),
      () => setSpeakerTest('refused'),
    );
  }, [media]);

  const functions = useMemo(
    () => ({
      onLevel: (listener: (level: number) => void) => media.onLevel(listener),
      onCamera: (on: boolean) => {
        memory.setWish({ camera: on });
        void media.setCamera(on);
      },
      onMicrophone: (on: boolean) => {
        memory.setWish({ microphone: on });
        void media.setMicrophone(on);
      },
      onChooseCamera: (id: string) => void media.chooseCamera(id),
      onChooseMicrophone: (id: string) => void media.chooseMicrophone(id),
      onChooseSpeaker: (id: string) => {
        media.chooseSpeaker(id);
        setSpeakerTest('untested');
      },
      onTestSpeaker: test,
      onHeard: (heard: boolean) => setSpeakerTest(heard ? 'heard' : 'unheard'),
    }),
    [media, memory, test],
  );
  const checks: DeviceChecksProps = { media: devices, speakerTest, connection, ...functions };

  const over = (
    visit: { readonly call: OpenCall; readonly entry: Entry },
    reason: OverReason,
    minutes: number | undefined,
    note: string | undefined,
  ) => {
    void visit.call.close();
    media.close();
    memory.forgetInside();
    if (!returnable.has(reason)) memory.forgetReturnKey();
    setState({ name: 'over', reason, minutes, note, visit });
  };
  const comeBack = () => {
    memory.markInside();
    onAgain();
  };

  if (state.name === 'inside') {
    return (
      <Inside
        call={state.call}
        entry={state.entry}
        media={media}
        checks={observer ? undefined : checks}
        patientName={greeting.patientName}
        doctorName={greeting.doctorName}
        frame={frame}
        clinicName={greeting.clinicName}
        scheduledAt={greeting.scheduledAt}
        onOver={(reason, minutes, note) => over(state, reason, minutes, note)}
      />
    );
  }
  if (state.name === 'over') {
    if (state.reason === 'left' || state.reason === 'closed') {
      return frame(
        <>
          <GoodbyeScreen
            doctorName={greeting.doctorName}
            minutes={state.minutes}
            closed={state.reason === 'closed'}
            onReturn={comeBack}
            onPermissions={() => setPermissions(true)}
          />
          {state.visit ? (
            <Consents
              call={state.visit.call}
              snapshot={state.visit.call.snapshot()}
              entry={state.visit.entry}
              doctorName={greeting.doctorName}
              clinicName={greeting.clinicName}
              showing={permissions}
              onClose={() => setPermissions(false)}
            />
          ) : null}
        </>,
      );
    }
    return frame(<Over reason={state.reason} note={state.note} onReturn={comeBack} />);
  }
  if (memory.wasInside() && own.visitorName && !problem) {
    return frame(
      <p className="muted" role="status">
        {t('door.loading')}
      </p>,
    );
  }

  const cameraBlocked = devices.camera.problem === 'blocked';
  const microphoneBlocked = devices.microphone.problem === 'blocked';
  if (!observer && (cameraBlocked || microphoneBlocked)) {
    return frame(
      <BlockedScreen
        blocked={cameraBlocked && microphoneBlocked ? 'both' : cameraBlocked ? 'camera' : 'microphone'}
        browser={thisBrowser()}
        onRetry={() => void media.start({ camera: true, microphone: true })}
        onEnterWithout={() => {
          if (cameraBlocked) checks.onCamera(false);
          if (microphoneBlocked) checks.onMicrophone(false);
        }}
        onOpenSettings={
          window.autamedica
            ? () =>
                askShell((shell) =>
                  shell.devices.openSettings({ device: cameraBlocked ? 'camera' : 'microphone' }),
                )
            : undefined
        }
      />,
    );
  }

  const form = {
    greeting,
    name,
    onName: setName,
    accepted,
    onAccepted: setAccepted,
    entering,
    problem,
    onEnter: () => void enter(name.trim(), true),
  };
  return frame(
    observer ? (
      <ObserverDoorScreen {...form} patientName={greeting.patientName} />
    ) : (
      <PrejoinScreen {...form} {...checks} cameraTrack={videoTrack(devices.tracks.camera)} />
    ),
  );
}
