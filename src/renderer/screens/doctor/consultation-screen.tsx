/** The doctor's window of one consultation: the stage, the strip above it, the bar under it and the people beside it. */
import { PhoneOff, ScreenShare, UserPlus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Participant } from '../../../shared/signaling/messages.ts';
import type { CallSnapshot } from '../../call/call.ts';
import { Button } from '../../components/button.tsx';
import { CallControl } from '../../components/call-control.tsx';
import { classes } from '../../components/classes.ts';
import { Dialog } from '../../components/dialog.tsx';
import { firstNameOf } from '../../components/names.ts';
import type { LocalMediaSnapshot } from '../../media/local-media-view.ts';
import { HostAway, Observers, OwnProblems } from '../call/notes.tsx';
import { sendersAmong, usePeople, waitingPeople } from '../call/people.ts';
import { Sounds } from '../call/sounds.tsx';
import { Stage } from '../call/stage.tsx';
import { videoTrack } from '../call/tracks.ts';
import { CallBar, type CallBarActions } from './call-bar.tsx';
import { CallStrip } from './call-strip.tsx';
import { EmptyStage, type InvitationView } from './empty-stage.tsx';
import { type PeopleActions, PeoplePanel } from './people-panel.tsx';
import {
  type RecorderView,
  type RecordingActions,
  RecordingControl,
  RecordingNotes,
} from './recording-control.tsx';
import { type PanelName, type PanelTabs, SidePanel } from './side-panel.tsx';
import type { TransportView } from './transport-control.tsx';
import { WaitingCard } from './waiting-card.tsx';
import '../../components/styles/call.css';

export interface ConsultationScreenProps extends PeopleActions, CallBarActions, RecordingActions {
  readonly call: CallSnapshot;
  readonly media: LocalMediaSnapshot;
  readonly doctorName: string;
  readonly patientName?: string | undefined;
  /** When the patient was first in, ms since the epoch; absent before. */
  readonly since?: number | undefined;
  readonly invitation?: InvitationView | undefined;
  readonly transport: TransportView;
  readonly recorder: RecorderView;
  readonly attachSpeaker: (element: HTMLMediaElement) => () => void;
  /** What is beside the call, by tab; the people are this screen's own. */
  readonly panels?: Omit<PanelTabs, 'people'>;
  /** Messages that came while nobody looked at the chat. */
  readonly unread?: number;
  /** Which tab is open from the start. */
  readonly initialPanel?: PanelName;
  /** Whether the panel of recording is open from the start. */
  readonly initialRecording?: boolean;
  /** One sentence that something asked for did not work. */
  readonly problem?: string | undefined;
  /** For everybody; the link stops working. */
  readonly onEnd: () => void;
  /** Only this window; the others stay and the doctor can come back. */
  readonly onLeave: () => void;
}

/** Keys of the bar; none of them acts while somebody writes or a dialog or menu is open. */
function useShortcuts(actions: Readonly<Record<string, () => void>>) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]'))
        return;
      const action = actions[event.key.toLowerCase()];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
}

function EndDialog({
  onEnd,
  onLeave,
  onClose,
}: Pick<ConsultationScreenProps, 'onEnd' | 'onLeave'> & { readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      stage
      title={t('end.title')}
      description={t('end.text')}
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onClick={onLeave}>
            {t('end.leave')}
          </Button>
          <Button className="push" onClick={onClose}>
            {t('end.stay')}
          </Button>
          <Button look="danger" icon={PhoneOff} onClick={onEnd}>
            {t('end.confirm')}
          </Button>
        </>
      }
    />
  );
}

function RemoveDialog({
  person,
  onRemove,
  onClose,
}: {
  readonly person: Participant;
  readonly onRemove: () => void;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Dialog
      stage
      title={t('remove.title', { name: person.displayName })}
      description={t('remove.text')}
      onClose={onClose}
      foot={
        <>
          <Button className="push" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button look="danger" onClick={onRemove}>
            {t('remove.confirm')}
          </Button>
        </>
      }
    />
  );
}

export function ConsultationScreen(props: ConsultationScreenProps) {
  const { t } = useTranslation();
  const { call, media } = props;
  const [panel, setPanel] = useState<PanelName | undefined>(props.initialPanel);
  const [selfHidden, setSelfHidden] = useState(false);
  const [ending, setEnding] = useState(false);
  const [removing, setRemoving] = useState<Participant>();
  const [recording, setRecording] = useState(props.initialRecording ?? false);

  const senders = sendersAmong(usePeople(call));
  // The patient fills the stage, also when a second doctor came first.
  const people = [...senders].sort(
    (one, other) => Number(other.participant.role === 'patient') - Number(one.participant.role === 'patient'),
  );
  const patient = people.find(({ participant }) => participant.role === 'patient');
  const name = patient?.participant.displayName ?? props.patientName ?? t('agenda.noName');
  const alone = people.length === 0;
  const ownScreen = videoTrack(media.tracks.screen_share);
  const unheard = patient?.link.name === 'lost';
  const togglePanel = (name: PanelName) => setPanel(panel === name ? undefined : name);
  const toggleShare = () => (media.screen.state === 'off' ? props.onShare() : props.onStopSharing());

  useShortcuts({
    m: () => props.onMicrophone(!media.media.microphone),
    v: () => props.onCamera(!media.camera.wanted),
    ...(media.screen.possible ? { s: toggleShare } : {}),
    ...(props.panels?.chat ? { c: () => togglePanel('chat') } : {}),
    r: () => setRecording(!recording),
    p: () => togglePanel('people'),
    ...(props.panels?.notes ? { n: () => togglePanel('notes') } : {}),
  });

  return (
    <div className={classes('call', panel && 'call--panel', 'on-stage')}>
      <main className="call__main">
        <CallStrip call={call} name={name} since={props.since} transport={props.transport} people={people} />
        <Stage
          people={people}
          self={
            selfHidden
              ? undefined
              : {
                  name: props.doctorName,
                  track: videoTrack(media.tracks.camera),
                  muted: !media.media.microphone,
                }
          }
          onHideSelf={() => setSelfHidden(true)}
          ownScreen={
            ownScreen
              ? {
                  track: ownScreen,
                  bar: (
                    <>
                      <ScreenShare />
                      <span className="strong grow">{t('call.youShare')}</span>
                      <Button look="danger" size="small" onClick={props.onStopSharing}>
                        {t('call.stopSharing')}
                      </Button>
                    </>
                  ),
                }
              : undefined
          }
          empty={<EmptyStage {...props} name={props.patientName} />}
          notes={
            <>
              <Observers call={call} />
              <RecordingNotes call={call} recorder={props.recorder} />
              <HostAway call={call} />
              <OwnProblems media={media} />
            </>
          }
        >
          <Sounds people={senders} attachSpeaker={props.attachSpeaker} />
          {!alone && panel !== 'people' && call.waiting.length > 0 ? (
            <section className="door" aria-label={t('people.waiting')} aria-live="polite">
              {waitingPeople(call).map((person) => (
                <div key={person.identity} className="door__card">
                  <WaitingCard
                    person={person}
                    onAdmit={props.onAdmit}
                    onRefuse={props.onRefuse}
                    onTell={props.onTell}
                  />
                </div>
              ))}
            </section>
          ) : null}
          <div className="stage__tip" role="status">
            {props.problem ? (
              <div className="toast">{props.problem}</div>
            ) : unheard && patient ? (
              <div className="toast">
                <span>
                  <span className="strong">
                    {t('call.unheard', { name: firstNameOf(patient.participant.displayName) })}
                  </span>{' '}
                  <span className="muted">{t('call.unheardText')}</span>
                </span>
              </div>
            ) : null}
          </div>
        </Stage>
        <CallBar
          {...props}
          held={unheard}
          panel={panel}
          onTogglePanel={togglePanel}
          chat={props.panels?.chat !== undefined}
          notes={props.panels?.notes !== undefined}
          unread={props.unread ?? 0}
          people={call.remotes.length + 1}
          waiting={call.waiting.length}
          selfHidden={selfHidden}
          onSelfHidden={setSelfHidden}
          onToggleShare={toggleShare}
          recording={
            <RecordingControl
              call={call}
              recorder={props.recorder}
              open={recording}
              onOpenChange={setRecording}
              onAskToRecord={props.onAskToRecord}
              onTakeBackAsking={props.onTakeBackAsking}
              onRecord={props.onRecord}
              onStopRecording={() => {
                // What is said of the saving stands where the panel is.
                setRecording(false);
                props.onStopRecording();
              }}
            />
          }
          end={
            <CallControl
              icon={PhoneOff}
              label={t('call.end')}
              state="end"
              onClick={() => (alone && props.since === undefined ? props.onLeave() : setEnding(true))}
            />
          }
        />
      </main>
      {panel ? (
        <SidePanel
          open={panel}
          onOpen={setPanel}
          onClose={() => setPanel(undefined)}
          tabs={{
            ...props.panels,
            people: {
              count: <span className="badge badge--quiet">{call.remotes.length + 1}</span>,
              content: (
                <PeoplePanel
                  call={call}
                  doctorName={props.doctorName}
                  onAdmit={props.onAdmit}
                  onRefuse={props.onRefuse}
                  onTell={props.onTell}
                  onRemove={setRemoving}
                  foot={
                    <Button wide icon={UserPlus} onClick={props.onInvite}>
                      {t('people.invite')}
                    </Button>
                  }
                />
              ),
            },
          }}
        />
      ) : null}
      {ending ? (
        <EndDialog onEnd={props.onEnd} onLeave={props.onLeave} onClose={() => setEnding(false)} />
      ) : null}
      {removing ? (
        <RemoveDialog
          person={removing}
          onClose={() => setRemoving(undefined)}
          onRemove={() => {
            props.onRemove(removing);
            setRemoving(undefined);
          }}
        />
      ) : null}
    </div>
  );
}
