/** Asking everybody in the call whether it may be recorded: a control of the bar, and a small panel with each one's answer. */
import { Check, CircleHelp, FileCheck, Hand, Hourglass, type LucideIcon, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsentAnswer } from '../../../shared/consent/consent.ts';
import type { CallSnapshot } from '../../call/call.ts';
import { Button } from '../../components/button.tsx';
import { CallControl } from '../../components/call-control.tsx';
import { formatList } from '../../components/format.ts';
import { firstNameOf } from '../../components/names.ts';
import { Notice } from '../../components/notice.tsx';
import { Popover } from '../../components/popover.tsx';
import { usePeople } from '../call/people.ts';

export interface RecordingConsentActions {
  /** Asks everybody who is in; whoever comes later is asked then. */
  readonly onAskToRecord: () => void;
  /** The doctor does not want to record any more. */
  readonly onTakeBackAsking: () => void;
}

export interface RecordingConsentProps extends RecordingConsentActions {
  readonly call: CallSnapshot;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

interface Asked {
  readonly identity: string;
  readonly name: string;
  readonly answer: ConsentAnswer;
}

const answerWords: Readonly<Record<ConsentAnswer, { readonly icon: LucideIcon; readonly text: string }>> = {
  pending: { icon: Hourglass, text: 'recording.pending' },
  agreed: { icon: Check, text: 'recording.agreed' },
  declined: { icon: X, text: 'recording.declined' },
  withdrawn: { icon: X, text: 'recording.withdrawn' },
};

/** What stands now, in one sentence; undefined while nobody was asked. */
function useStanding(call: CallSnapshot) {
  const { t, i18n } = useTranslation();
  const people = usePeople(call);
  const { recording } = call.consents;
  if (recording === undefined) return undefined;
  const own = recording.answers.find(({ identity }) => identity === call.self?.identity)?.answer;
  const others: Asked[] = recording.answers
    .filter(({ identity }) => identity !== call.self?.identity)
    .map(({ identity, answer }) => {
      const person = people.find(({ participant }) => participant.identity === identity);
      return { identity, answer, name: person?.participant.displayName ?? t('recording.returning') };
    });
  const named = (which: readonly Asked[]) => ({
    count: which.length,
    names: formatList(
      which.map(({ name }) => firstNameOf(name)),
      i18n.language,
    ),
  });
  const pending = others.filter(({ answer }) => answer === 'pending');
  const against = others.filter(({ answer }) => answer === 'declined' || answer === 'withdrawn');
  const sentence = () => {
    switch (recording.verdict) {
      case 'run':
        return t('recording.mayRun');
      case 'pause':
        return t('recording.waitsFor', named(pending));
      case 'stop':
        if (against.length > 0) return t('recording.refusedBy', named(against));
        return t(own === 'withdrawn' ? 'recording.tookBack' : 'recording.refusedByGone');
    }
  };
  return { verdict: recording.verdict, others, against, sentence: sentence() };
}

/** For the doctor, over the picture: what the others say to being recorded. */
export function RecordingNote({ call }: { readonly call: CallSnapshot }) {
  const standing = useStanding(call);
  if (standing === undefined || (standing.verdict === 'stop' && standing.against.length === 0)) return null;
  const Icon = { run: FileCheck, pause: Hourglass, stop: Hand }[standing.verdict];
  return (
    <span className="chip chip--over">
      <Icon className="icon--small" />
      {standing.sentence}
    </span>
  );
}

function Panel({
  call,
  onAskToRecord,
  onTakeBackAsking,
}: Omit<RecordingConsentProps, 'open' | 'onOpenChange'>) {
  const { t } = useTranslation();
  const standing = useStanding(call);
  const ask = (words: string): ReactNode => (
    <Button look="primary" wide icon={FileCheck} onClick={onAskToRecord}>
      {t(words)}
    </Button>
  );
  if (standing === undefined) {
    return (
      <>
        <p>{t(call.remotes.length > 0 ? 'recording.text' : 'recording.nobody')}</p>
        {call.remotes.length > 0 ? ask('recording.ask') : null}
      </>
    );
  }
  const { verdict, others, sentence } = standing;
  return (
    <>
      <Notice
        kind={verdict === 'run' ? 'ok' : verdict === 'pause' ? 'plain' : 'warn'}
        icon={verdict === 'run' ? Check : verdict === 'pause' ? Hourglass : Hand}
        live
      >
        {sentence}
      </Notice>
      <ul className="stack stack--8" aria-label={t('recording.answers')}>
        {others.map(({ identity, name, answer }) => {
          // Once somebody has said no, nobody is waited for any more.
          const unasked = verdict === 'stop' && answer === 'pending';
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
      {verdict === 'stop' ? (
        call.remotes.length > 0 ? (
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

export function RecordingConsent({ open, onOpenChange, ...panel }: RecordingConsentProps) {
  const { t } = useTranslation();
  const { recording } = panel.call.consents;
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
          icon={FileCheck}
          label={t('recording.control')}
          title={t('recording.title')}
          shortcut="R"
          state={open ? 'open' : 'plain'}
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
      <div className="stack stack--12">
        <h3>{t('recording.title')}</h3>
        <Panel {...panel} />
      </div>
    </Popover>
  );
}
