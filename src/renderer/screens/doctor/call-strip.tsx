/** Above the stage: who is there, since when, how media travels and how well. */
import { ChevronDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot, RemoteParticipantView } from '../../call/call.ts';
import { formatNumber } from '../../components/format.ts';
import { firstNameOf } from '../../components/names.ts';
import { QualityBars } from '../../components/quality-bars.tsx';
import { Tooltip } from '../../components/tooltip.tsx';
import { qualityWords } from '../../components/words.ts';
import { Clock } from '../call/clock.tsx';
import { qualityOf } from '../call/quality.ts';
import { RecordingChip } from '../call/recording-chip.tsx';
import { TransportControl, type TransportView } from './transport-control.tsx';

function Quality({ person }: { readonly person: RemoteParticipantView }) {
  const { t, i18n } = useTranslation();
  const level = qualityOf(person);
  if (level === undefined) return null;
  const name = firstNameOf(person.participant.displayName);
  const word = t(qualityWords[level]);
  const numbers = person.quality;
  const facts = [
    numbers?.receivedKbps !== undefined
      ? t('quality.rate', { value: formatNumber(numbers.receivedKbps / 1_000, i18n.language) })
      : undefined,
    numbers?.roundTripMs !== undefined
      ? t('quality.delay', { value: Math.round(numbers.roundTripMs) })
      : undefined,
    numbers?.loss === undefined
      ? undefined
      : numbers.loss < 0.005
        ? t('quality.noLoss')
        : t('quality.loss', { value: formatNumber(numbers.loss * 100, i18n.language) }),
    numbers?.relayed ? t('quality.relayed') : undefined,
  ].filter((fact) => fact !== undefined);
  return (
    <Tooltip
      content={
        <>
          {t('quality.of', { name, word })}
          <br />
          {facts.join(', ')}
        </>
      }
    >
      <button type="button" className="chip chip--stage">
        <QualityBars level={level} label={t('quality.of', { name, word })} />
        <span aria-hidden="true" className={level === 0 ? 'not-phone chip--stage-warn' : 'not-phone'}>
          {level === 0 ? t('quality.without', { name }) : word}
        </span>
      </button>
    </Tooltip>
  );
}

export interface CallStripProps {
  readonly call: CallSnapshot;
  readonly name: string;
  /** When the patient was first in, ms since the epoch. */
  readonly since: number | undefined;
  readonly people: readonly RemoteParticipantView[];
  readonly transport: TransportView;
}

export function CallStrip({ call, name, since, people, transport }: CallStripProps) {
  const { t } = useTranslation();
  return (
    <header className="call__strip">
      <h1 className="call__name" title={name}>
        {name}
      </h1>
      {since === undefined ? (
        <span className="call__clock" role="status">
          {t(call.phase.name === 'joining' ? 'call.joining' : 'call.notBegun')}
        </span>
      ) : (
        <Clock since={since} />
      )}
      <RecordingChip call={call} />
      <TransportControl transport={transport} state={call.transport} icon={ChevronDown} />
      {people.map((person) => (
        <Quality key={person.participant.identity} person={person} />
      ))}
    </header>
  );
}
