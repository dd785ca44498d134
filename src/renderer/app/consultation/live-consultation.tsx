/** A consultation going on: the call, the devices and the host's answers, joined into the doctor's screen. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consultation, Entry, TransportChoice } from '../../../shared/contract/contract.ts';
import type { CaptureSource } from '../../../shared/contract/desktop.ts';
import type { RecordingTrouble } from '../../../shared/signaling/recording.ts';
import { CatalogueError } from '../../host-client/index.ts';
import type { LocalMedia } from '../../media/local-media.ts';
import { ConsultationScreen } from '../../screens/doctor/consultation-screen.tsx';
import { NotesPanel } from '../../screens/doctor/notes-panel.tsx';
import { SourcePicker } from '../../screens/doctor/source-picker.tsx';
import { useArrivals } from '../arrivals.ts';
import { ChatBeside } from '../chat/chat-beside.tsx';
import { FilesBeside } from '../chat/files-beside.tsx';
import { useUnseenSound } from '../chat/use-unseen-sound.ts';
import { copyText, desktopShell, staffHost } from '../hosts.ts';
import { Invite } from '../invite.tsx';
import { NotesEditor } from '../notes/notes-editor.tsx';
import type { OpenNotes } from '../notes/open-notes.ts';
import type { OpenCall } from '../open-call.ts';
import { usePolled } from '../polled.ts';
import { problemText } from '../problems.ts';
import { serverUnavailableText } from '../server-words.ts';
import { useStore } from '../store.ts';
import { useCall } from '../use-call.ts';
import type { CallRecording } from './call-recording.ts';
import { useRecording } from './use-recording.ts';

export type Outcome =
  | {
      readonly name: 'summary';
      /** `left`: only this window; the consultation goes on. `past`: it had ended before the window was opened. */
      readonly kind: 'ended' | 'left' | 'past';
      readonly patientName?: string | undefined;
      readonly endedAt: number;
    }
  | { readonly name: 'replaced' }
  | { readonly name: 'problem'; readonly text: string };

export interface LiveConsultationProps {
  readonly consultation: Consultation;
  readonly entry: Entry;
  readonly media: LocalMedia;
  readonly call: OpenCall;
  readonly recording: CallRecording;
  readonly notes: OpenNotes;
  readonly onOver: (outcome: Outcome) => void;
}

const troubleWords: Readonly<Record<RecordingTrouble, string>> = {
  'egress-not-started': 'recording.egressNotStarted',
  'egress-lost': 'recording.egressLost',
};
const statusPause = 3_000;
const rulesPause = 60_000;
const problemShown = 6_000;

export function LiveConsultation({
  consultation,
  entry,
  media,
  call,
  recording,
  notes,
  onOver,
}: LiveConsultationProps) {
  const { t } = useTranslation();
  const snapshot = useCall(call);
  const devices = useStore(media);
  const [choice, setChoice] = useState<TransportChoice>(consultation.transport);
  const [problem, setProblem] = useState<string>();
  const [inviting, setInviting] = useState(false);
  const [picking, setPicking] = useState(false);
  const [sources, setSources] = useState<readonly CaptureSource[]>();
  // The invitation may be a new one: removing somebody ends the old one.
  const newest = usePolled(
    async () => (await staffHost()).consultations.get({ consultationId: consultation.consultationId }),
    statusPause,
  );
  const livekit = usePolled(async () => (await staffHost()).livekit.status(), statusPause);
  const rules = usePolled(async () => (await staffHost()).recordingLibrary.rules(), rulesPause);
  const { consultationId } = consultation;
  const { beside } = call;
  const { unread, entries } = useStore(beside.chat);
  const files = entries.filter(({ file }) => file).length;
  /** Kept while the chat is shut. */
  const [draft, setDraft] = useState('');
  useUnseenSound(beside.chat, media);
  /** The patient's name as they wrote it, and since when they were in: kept when they are gone. */
  const [seen, setSeen] = useState<{ readonly name: string; readonly since: number }>();

  const patient = snapshot.remotes.find(({ participant }) => participant.role === 'patient')?.participant;
  const nameNow = patient?.displayName;
  useEffect(() => {
    if (nameNow === undefined) return;
    setSeen((before) => ({ name: nameNow, since: before?.since ?? Date.now() }));
  }, [nameNow]);

  const play = useCallback(() => media.playTestTone(), [media]);
  useArrivals(snapshot.waiting, play);

  const over = (left: boolean) => {
    onOver({
      name: 'summary',
      kind: left ? 'left' : 'ended',
      patientName: seen?.name,
      endedAt: Date.now(),
    });
  };

  const { phase } = snapshot;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the phase alone decides
  useEffect(() => {
    if (phase.name !== 'ended') return;
    switch (phase.reason) {
      case 'replaced':
        onOver({ name: 'replaced' });
        break;
      case 'error':
        onOver({
          name: 'problem',
          text: problemText(phase.error ? new CatalogueError(phase.error) : undefined),
        });
        break;
      case 'cancelled':
        onOver({ name: 'problem', text: problemText(new CatalogueError('CONSULTATION_CANCELLED')) });
        break;
      case 'left':
        over(true);
        break;
      case 'closed':
      case 'removed':
      case 'refused':
      case 'consent-withdrawn':
        over(false);
    }
  }, [phase]);

  useEffect(() => {
    if (!problem) return;
    const timer = setTimeout(() => setProblem(undefined), problemShown);
    return () => clearTimeout(timer);
  }, [problem]);

  useEffect(
    () =>
      call.line.onEvent((event) => {
        if (event.type === 'room' && event.event.type === 'recording-trouble')
          setProblem(t(troubleWords[event.event.trouble]));
      }),
    [call, t],
  );

  const attempt = async (what: () => Promise<unknown>) => {
    setProblem(undefined);
    try {
      await what();
    } catch (error) {
      setProblem(t(problemText(error)));
    }
  };
  const startSharing = async () => {
    setPicking(false);
    const shared = await media.startScreen({ audio: false });
    if (!shared && media.snapshot().screen.problem) setProblem(t('call.shareFailed'));
  };
  const findSources = async () => {
    setSources(undefined);
    const shell = await desktopShell();
    setSources(await shell?.capture.sources({ thumbnailSize: 320 }));
  };
  /** Our own picker only in the desktop app, and only where the system has none. */
  const share = () =>
    attempt(async () => {
      const shell = await desktopShell();
      if (!shell || (await shell.app.info()).systemPicker) return startSharing();
      setPicking(true);
      await findSources();
    });

  const record = useRecording({
    consultationId,
    roomName: entry.roomName,
    snapshot,
    recording,
    byServer: rules.data?.egress !== undefined && snapshot.transport.active === 'sfu',
    attempt,
    say: setProblem,
  });
  const functions = useMemo(
    () => ({
      onLevel: (listener: (level: number) => void) => media.onLevel(listener),
      attachSpeaker: (element: HTMLMediaElement) => media.attachSpeaker(element),
    }),
    [media],
  );
  const { invitation } = newest.data ?? consultation;

  return (
    <>
      <ConsultationScreen
        call={snapshot}
        media={devices}
        doctorName={entry.displayName || t('roles.doctor')}
        patientName={seen?.name ?? consultation.patientName}
        since={seen?.since}
        invitation={
          invitation && {
            code: invitation.code,
            link: invitation.webLink,
            onCopyLink: () => copyText(invitation.webLink),
            onCopyCode: () => copyText(invitation.code),
          }
        }
        transport={{
          choice,
          serverUnavailable: snapshot.transport.sfuAvailable
            ? undefined
            : (serverUnavailableText(t, livekit.data) ?? t('livekit.startingText')),
          onChoose: (transport) =>
            void attempt(async () => {
              const before = choice;
              setChoice(transport);
              try {
                await (await staffHost()).consultations.setTransport({ consultationId, transport });
              } catch (error) {
                setChoice(before);
                throw error;
              }
            }),
        }}
        {...functions}
        problem={problem}
        unread={unread}
        panels={{
          chat: {
            content: (
              <ChatBeside
                beside={beside}
                draft={draft}
                onDraft={setDraft}
                to={seen?.name ?? consultation.patientName}
              />
            ),
          },
          notes: {
            content: (
              <NotesPanel>
                <NotesEditor stage notes={notes} />
              </NotesPanel>
            ),
          },
          files: {
            count: files > 0 ? <span className="badge badge--quiet">{files}</span> : undefined,
            content: <FilesBeside beside={beside} />,
          },
        }}
        onMicrophone={(on) => void media.setMicrophone(on)}
        onCamera={(on) => void media.setCamera(on)}
        onChooseMicrophone={(id) => void media.chooseMicrophone(id)}
        onChooseCamera={(id) => void media.chooseCamera(id)}
        onChooseSpeaker={(id) => media.chooseSpeaker(id)}
        onTestSpeaker={() => void play().catch(() => {})}
        onShare={() => void share()}
        onStopSharing={() => media.stopScreen()}
        onInvite={() => setInviting(true)}
        recorder={record.recorder}
        onAskToRecord={record.ask}
        onTakeBackAsking={record.takeBack}
        onRecord={record.start}
        onStopRecording={() =>
          void attempt(async () => {
            setProblem(t('recording.saving'));
            await record.stop();
          })
        }
        onAdmit={({ identity }) =>
          void attempt(async () => (await staffHost()).waitingRoom.admit({ consultationId, identity }))
        }
        onRefuse={({ identity }, reason) =>
          void attempt(async () =>
            (await staffHost()).waitingRoom.refuse({
              consultationId,
              identity,
              ...(reason ? { reason } : {}),
            }),
          )
        }
        onTell={(_person, message) =>
          void attempt(async () =>
            (await staffHost()).waitingRoom.tell({ consultationId, ...(message ? { message } : {}) }),
          )
        }
        onRemove={({ identity }) =>
          void attempt(async () =>
            (await staffHost()).rooms.removeParticipant({ roomName: entry.roomName, identity }),
          )
        }
        onEnd={() =>
          void attempt(async () => {
            await notes.draft.flush();
            // Whole, and on the host's disk, before the line to the host is gone.
            await record.stop();
            await (await staffHost()).consultations.close({ consultationId });
            over(false);
          })
        }
        onLeave={() =>
          void attempt(async () => {
            await record.stop();
            over(true);
          })
        }
      />
      {inviting ? (
        <Invite
          stage
          consultation={newest.data ?? consultation}
          initialRole={patient ? 'observer' : 'patient'}
          onClose={() => setInviting(false)}
        />
      ) : null}
      {picking ? (
        <SourcePicker
          sources={sources}
          onRefresh={() => void attempt(findSources)}
          onClose={() => setPicking(false)}
          onChoose={({ id }) =>
            void attempt(async () => {
              await (await desktopShell())?.capture.choose({ id, audio: false });
              await startSharing();
            })
          }
        />
      ) : null}
    </>
  );
}
