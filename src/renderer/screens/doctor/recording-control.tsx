/** Recording the call: a control of the bar, and a small panel that asks everybody, says each one's answer, and stops it. */
import {
  Check,
  CircleDot,
  CircleHelp,
  CircleStop,
  CloudUpload,
  FileCheck,
  Hand,
  HardDrive,
  Hourglass,
  type LucideIcon,
  Pause,
  TriangleAlert,
  X,
} from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsentAnswer } from '../../../shared/consent/consent.ts';
import type { CallSnapshot } from '../../call/call.ts';
import { Button } from '../../components/button.tsx';
import { CallControl } from '../../components/call-control.tsx';
import { Notice } from '../../components/notice.tsx';
import { Popover } from '../../components/popover.tsx';
import { type RecordingStanding, useRecordingStanding } from '../call/recording-standing.ts';

export interface RecordingActions {
  /** Asks everybody who is in, and records once all agree; whoever comes later is asked then. */
  readonly onAskToRecord: () => void;
  /** The doctor does not want to record any more. */
  readonly onTakeBackAsking: () => void;
  /** Everybody has agreed. */
  readonly onRecord: () => void;
  readonly onStopRecording: () => void;
}

/** What keeps recording from going as it should, while it goes on. */
export type RecordingProblem = 'host-full' | 'memory-only' | 'no-picture';

/** What this window itself does for the recording. */
export interface RecorderView {
  /** Whether this browser can record at all. */
  readonly able: boolean;
  /** Whether what all agree to now has been recorded before. */
  readonly made: boolean;
  /** `starting`: it was asked for; `saving`: it was stopped, and its file is not safe yet. */
  readonly doing: 'nothing' | 'starting' | 'saving';
  /** Parts that are on this computer alone. */
  readonly unsent: number;
  readonly problems: readonly RecordingProblem[];
}

export interface RecordingControlProps extends RecordingActions {
  readonly call: CallSnapshot;
  readonly recorder: RecorderView;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** A few parts are always on their way. */
const usuallyUnsent = 5;

const answerWords: Readonly<Record<ConsentAnswer, { readonly icon: LucideIcon; readonly text: string }>> = {
  pending: { icon: Hourglass, text: 'recording.pending' },
  agreed: { icon: Check, text: 'recording.agreed' },
  declined: { icon: X, text: 'recording.declined' },
  withdrawn: { icon: X, text: 'recording.withdrawn' },
};

const problemWords: Readonly<Record<RecordingProblem, { readonly icon: LucideIcon; readonly text: string }>> =
  {
    'host-full': { icon: HardDrive, text: 'recording.hostFull' },
    'memory-only': { icon: TriangleAlert, text: 'recording.memoryOnly' },
    'no-picture': { icon: TriangleAlert, text: 'recording.noPicture' },
  };

/** For the doctor, over the picture: what the others say to being recorded, and what is in its way. */
export function RecordingNotes({
  call,
  recorder,
}: {
  readonly call: CallSnapshot;
  readonly recorder: RecorderView;
}) {
  const { t } = useTranslation();
  const standing = useRecordingStanding(call);
  const untold = standing?.verdict === 'stop' && standing.against.length === 0;
  // That everybody agreed is said by the recording itself, and is no news after it.
  const recorded = standing?.verdict === 'run' && (call.recording !== undefined || recorder.made);
  const shown = standing === undefined || untold || recorded;
  const Icon = { run: FileCheck, pause: Hourglass, stop: Hand }[standing?.verdict ?? 'run'];
  return (
    <>
      {shown ? null : (
        <span className="chip chip--over">
          <Icon className="icon--small" />
          {standing.sentence}
        </span>
      )}
      {recorder.problems.map((problem) => {
        const { icon: Problem, text } = problemWords[problem];
        return (
          <span key={problem} className="chip chip--over chip--stage-warn">
            <Problem className="icon--small" />
            {t(text)}
          </span>
        );
      })}
    </>
  );
}

function Answers({ standing }: { readonly standing: RecordingStanding }) {
  const { t } = useTranslation();
  return (
    <ul className="stack stack--8" aria-label={t('recording.answers')}>
      {standing.others.map(({ identity, name, answer }) => {
        // Once somebody has said no, nobody is waited for any more.
        const unasked = standing.verdict === 'stop' && answer === 'pending';
        const { icon: Icon, text } = unasked
          ? { icon: CircleHelp, text: 'recording.unanswered' }
          : answerWords[answer];
        return (
          <li key={identity} className="row">
            <span className="grow strong">{name}</span>
            <span className="row small">
              <Icon className="icon--small" />
              {t(text)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

type PanelProps = Omit<RecordingControlProps, 'open' | 'onOpenChange'>;

/** While it is being recorded. */
function Running({ call, recorder, onStopRecording }: PanelProps) {
  const { t } = useTranslation();
  const standing = useRecordingStanding(call);
  const paused = call.recording?.state === 'paused';
  return (
    <>
      <Notice kind={paused ? 'warn' : 'plain'} icon={paused ? Pause : CircleDot} live>
        {t(paused ? 'recording.pausedBecause' : 'recording.running')}{' '}
        {paused && standing?.verdict === 'pause' ? standing.sentence : null}
      </Notice>
      {recorder.problems.map((problem) => (
        <Notice key={problem} kind="warn" icon={problemWords[problem].icon} live>
          {t(problemWords[problem].text)}
        </Notice>
      ))}
      {recorder.unsent > usuallyUnsent ? <Notice icon={CloudUpload}>{t('recording.unsent')}</Notice> : null}
      {standing ? <Answers standing={standing} /> : null}
      <Button look="danger" wide icon={CircleStop} onClick={onStopRecording}>
        {t('recording.stop')}
      </Button>
    </>
  );
}

/** Before: asking, waiting for answers, and what they were. */
function Asking({ call, recorder, onAskToRecord, onTakeBackAsking, onRecord }: PanelProps) {
  const { t } = useTranslation();
  const standing = useRecordingStanding(call);
  // Nobody is asked for what would not follow.
  const mayAsk = recorder.able && call.remotes.length > 0;
  const ask = (words: string) => (
    <Button look="primary" wide icon={CircleDot} onClick={onAskToRecord}>
      {t(words)}
    </Button>
  );
  const unable = recorder.able ? null : (
    <Notice kind="warn" icon={TriangleAlert}>
      {t('recording.unable')}
    </Notice>
  );
  if (standing === undefined) {
    return (
      <>
        <p>{t(call.remotes.length > 0 ? 'recording.text' : 'recording.nobody')}</p>
        {unable}
        {mayAsk ? ask('recording.ask') : null}
      </>
    );
  }
  const { verdict, sentence } = standing;
  const starting = { pause: 'recording.startsAlone', run: 'recording.starting', stop: undefined };
  const said = recorder.doing === 'starting' ? starting[verdict] : undefined;
  return (
    <>
      <Notice
        kind={verdict === 'run' ? 'ok' : verdict === 'pause' ? 'plain' : 'warn'}
        icon={verdict === 'run' ? Check : verdict === 'pause' ? Hourglass : Hand}
        live
      >
        {sentence} {said ? t(said) : null}
      </Notice>
      {unable}
      <Answers standing={standing} />
      {verdict === 'run' && recorder.able && recorder.doing !== 'starting' ? (
        <Button look="primary" wide icon={CircleDot} onClick={onRecord}>
          {t('recording.start')}
        </Button>
      ) : null}
      {verdict === 'stop' ? (
        mayAsk ? (
          ask('recording.askAgain')
        ) : null
      ) : (
        <Button wide onClick={onTakeBackAsking}>
          {t('recording.takeBack')}
        </Button>
      )}
    </>
  );
}

function Panel(props: PanelProps) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  const opened = useRef(false);
  // A button that was pressed goes with what it did; the focus stays in the panel.
  useEffect(() => {
    if (opened.current && document.activeElement === document.body) heading.current?.focus();
    opened.current = true;
  });
  const what =
    props.recorder.doing === 'saving' ? (
      <Notice icon={CloudUpload} live>
        {t('recording.saving')}
      </Notice>
    ) : props.call.recording ? (
      <Running {...props} />
    ) : (
      <Asking {...props} />
    );
  return (
    <div className="stack stack--12">
      <h2 ref={heading} tabIndex={-1}>
        {t('recording.title')}
      </h2>
      {what}
    </div>
  );
}

export function RecordingControl({ open, onOpenChange, ...panel }: RecordingControlProps) {
  const { t } = useTranslation();
  const { recording } = panel.call.consents;
  const running = panel.call.recording !== undefined;
  const missing =
    recording?.verdict === 'pause'
      ? recording.answers.filter(({ answer }) => answer === 'pending').length
      : 0;
  return (
    <Popover
      stage
      open={open}
      onOpenChange={onOpenChange}
      label={t('recording.title')}
      trigger={
        <CallControl
          icon={running ? CircleStop : CircleDot}
          label={t(running ? 'recording.stopControl' : 'recording.control')}
          title={t(running ? 'recording.stop' : 'recording.title')}
          shortcut="R"
          state={open ? 'open' : running ? 'recording' : 'plain'}
          badge={
            missing > 0 ? (
              <span className="badge badge--quiet control__badge">
                {missing}
                <span className="visually-hidden"> {t('recording.pending')}</span>
              </span>
            ) : null
          }
        />
      }
    >
      <Panel {...panel} />
    </Popover>
  );
}
