/** A question to the person: may this observer come in, may the call be recorded. Both answers look the same. */
import { CalendarClock, Eye, Hand, Lock, type LucideIcon, Square, UserCheck, Video } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';

export type ConsentQuestion =
  | { readonly name: 'observer'; readonly identity: string; readonly displayName: string }
  | { readonly name: 'recording' };

export interface ConsentDialogProps {
  readonly question: ConsentQuestion;
  readonly doctorName?: string | undefined;
  /** The answer is on its way. */
  readonly busy: boolean;
  /** Why the answer did not arrive, and what to do. */
  readonly problem?: string | undefined;
  readonly onAnswer: (agreed: boolean) => void;
}

interface Words {
  readonly title: string;
  readonly text: string;
  readonly facts: readonly { readonly icon: LucideIcon; readonly text: string }[];
  readonly no: string;
  readonly yes: string;
  readonly note: string;
}

const words: Readonly<Record<ConsentQuestion['name'], Words>> = {
  observer: {
    title: 'consent.observerTitle',
    text: 'consent.observerText',
    facts: [
      { icon: Eye, text: 'consent.observerSees' },
      { icon: UserCheck, text: 'consent.observerKnown' },
      { icon: Hand, text: 'consent.observerWithdraw' },
    ],
    no: 'consent.observerNo',
    yes: 'consent.observerYes',
    note: 'consent.observerNote',
  },
  recording: {
    title: 'consent.recordingTitle',
    text: 'consent.recordingText',
    facts: [
      { icon: Video, text: 'consent.recordingWhat' },
      { icon: Lock, text: 'consent.recordingWho' },
      { icon: CalendarClock, text: 'consent.recordingKept' },
      { icon: Square, text: 'consent.recordingStop' },
    ],
    no: 'consent.recordingNo',
    yes: 'consent.recordingYes',
    note: 'consent.recordingNote',
  },
};

export default function ConsentDialog({ question, doctorName, busy, problem, onAnswer }: ConsentDialogProps) {
  const { t } = useTranslation();
  const { title, text, facts, no, yes, note } = words[question.name];
  const values = {
    name: question.name === 'observer' ? question.displayName : '',
    doctor: doctorName ?? t('waiting.theDoctor'),
  };
  return (
    <Dialog title={t(title, values)} description={t(text)} className="consent">
      <ul className="consent__facts">
        {facts.map(({ icon: Icon, text: fact }) => (
          <li key={fact}>
            <Icon />
            <span>{t(fact)}</span>
          </li>
        ))}
      </ul>
      <div className="consent__answers">
        <Button size="large" disabled={busy} onClick={() => onAnswer(false)}>
          {t(no)}
        </Button>
        <Button size="large" disabled={busy} onClick={() => onAnswer(true)}>
          {t(yes)}
        </Button>
      </div>
      <p className="small muted" role={problem ? 'alert' : 'status'}>
        {problem ?? t(note)}
      </p>
    </Dialog>
  );
}
