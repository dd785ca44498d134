/** After a consultation, and when the history opens one: the host's summary of it, its notes, and who comes next. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consultation } from '../../../shared/contract/contract.ts';
import type { Recording } from '../../../shared/contract/recordings.ts';
import type { Summary as SummaryOf } from '../../../shared/contract/summary.ts';
import { SummaryScreen } from '../../screens/doctor/summary-screen.tsx';
import { staffHost } from '../hosts.ts';
import type { OpenNotes } from '../notes/open-notes.ts';
import { problemText } from '../problems.ts';
import { PastBeside } from './past-beside.tsx';

/** Somebody planned this long ago who has not come yet may still be next, ms. */
const lateMs = 60 * 60_000;
const dayMs = 24 * 60 * 60_000;

export interface SummaryProps {
  readonly consultation: Consultation;
  readonly kind: 'ended' | 'left' | 'past';
  readonly patientName: string | undefined;
  readonly endedAt: number;
  readonly notes: OpenNotes;
  readonly onOpen: (consultationId: string) => void;
  readonly onReturn: () => void;
  readonly onBack: () => void;
}

export function Summary({ consultation, notes, onOpen, ...props }: SummaryProps) {
  const { t } = useTranslation();
  const { consultationId } = consultation;
  const [summary, setSummary] = useState<SummaryOf>();
  const [recordings, setRecordings] = useState<readonly Recording[]>([]);
  const [next, setNext] = useState<Consultation>();
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    let current = true;
    const read = async () => {
      const client = await staffHost();
      const found = await client.consultations.summary({ consultationId });
      if (current) setSummary(found);
      // Who may not see recordings sees the rest.
      const recorded = await client.recordings.list({ consultationId }).catch(() => []);
      if (current) setRecordings([...recorded].reverse());
      const coming = await findNext(consultationId);
      if (current) setNext(coming);
    };
    read().catch((error: unknown) => current && setProblem(problemText(error)));
    return () => {
      current = false;
    };
  }, [consultationId]);

  /** Leaving takes the last words along; what the host does not take is not given up for it. */
  const leaving = (go: () => void) => () =>
    void notes.draft.flush().then(() => {
      if (!notes.draft.unsaved) go();
    });

  return (
    <SummaryScreen
      {...props}
      summary={summary}
      recordings={recordings.map(({ status, ...one }) => ({ ...one, saved: status === 'EGRESS_COMPLETE' }))}
      problem={problem && t(problem)}
      beside={<PastBeside consultationId={consultationId} notes={notes} />}
      next={
        next && {
          name: next.patientName ?? t('agenda.noName'),
          at: next.scheduledAt === undefined ? undefined : Date.parse(next.scheduledAt),
          waits: next.state === 'waiting',
        }
      }
      onNext={leaving(() => next && onOpen(next.consultationId))}
      onReturn={leaving(props.onReturn)}
      onBack={leaving(props.onBack)}
    />
  );
}

/** Who waits already, longest planned first; else the next of the day. */
async function findNext(except: string): Promise<Consultation | undefined> {
  const now = Date.now();
  const { consultations } = await (await staffHost()).consultations.find({
    state: ['waiting', 'planned'],
    from: new Date(now - lateMs).toISOString(),
    to: new Date(now + dayMs).toISOString(),
    order: 'earliest',
    limit: 20,
  });
  const others = consultations.filter(({ consultationId }) => consultationId !== except);
  return others.find(({ state }) => state === 'waiting') ?? others[0];
}
