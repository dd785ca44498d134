/** What the people of a call say to being recorded, in one sentence. */
import { useTranslation } from 'react-i18next';
import type { ConsentAnswer } from '../../../shared/consent/consent.ts';
import type { RecordingVerdict } from '../../../shared/consent/recording.ts';
import type { CallSnapshot } from '../../call/call.ts';
import { formatList } from '../../components/format.ts';
import { firstNameOf } from '../../components/names.ts';
import { usePeople } from './people.ts';

export interface Asked {
  readonly identity: string;
  readonly name: string;
  readonly answer: ConsentAnswer;
}

export interface RecordingStanding {
  readonly verdict: RecordingVerdict;
  readonly others: readonly Asked[];
  readonly against: readonly Asked[];
  readonly sentence: string;
}

/** Undefined while nobody was asked. */
export function useRecordingStanding(call: CallSnapshot): RecordingStanding | undefined {
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
        return pending.length > 0 ? t('recording.waitsFor', named(pending)) : t('recording.waitsForYou');
      case 'stop':
        if (against.length > 0) return t('recording.refusedBy', named(against));
        return t(own === 'withdrawn' ? 'recording.tookBack' : 'recording.refusedByGone');
    }
  };
  return { verdict: recording.verdict, others, against, sentence: sentence() };
}
