/** How ready somebody who waits is, in words. */
import { ArrowLeftRight, Mic, Video, Volume2, Wifi } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type {
  Check,
  Readiness as ReadinessMessage,
  TransportKind,
} from '../../../shared/signaling/messages.ts';
import { formatNumber } from '../../components/format.ts';
import { QualityBars } from '../../components/quality-bars.tsx';
import {
  cameraWords,
  microphoneWords,
  networkLevel,
  qualityWords,
  speakerWords,
} from '../../components/words.ts';

const looks: Readonly<Record<Check, string>> = {
  ok: 'ok',
  unknown: 'muted',
  off: 'muted',
  blocked: 'warn',
  missing: 'warn',
  busy: 'warn',
};

export function Readiness({
  name,
  readiness,
  transport,
}: {
  readonly name: string;
  readonly readiness: ReadinessMessage;
  readonly transport?: TransportKind | undefined;
}) {
  const { t, i18n } = useTranslation();
  const { camera, microphone, speaker, roundTripMs, downKbps, upKbps } = readiness;
  const level = networkLevel(readiness);
  const megabits = (kilobits: number) => formatNumber(kilobits / 1_000, i18n.language);
  const facts = [
    downKbps === undefined || upKbps === undefined
      ? undefined
      : t('readiness.rates', { down: megabits(downKbps), up: megabits(upKbps) }),
    roundTripMs === undefined ? undefined : t('quality.delay', { value: Math.round(roundTripMs) }),
  ].filter((fact) => fact !== undefined);
  return (
    <ul className="readiness" aria-label={t('readiness.title', { name })}>
      <li>
        <Video />
        {t('common.camera')}
        <span className={looks[camera]}>{t(cameraWords[camera])}</span>
      </li>
      <li>
        <Mic />
        {t('common.microphone')}
        <span className={looks[microphone]}>{t(microphoneWords[microphone])}</span>
      </li>
      <li>
        <Volume2 />
        {t('common.speaker')}
        <span className={speaker === 'off' ? 'warn' : looks[speaker]}>{t(speakerWords[speaker])}</span>
      </li>
      <li>
        <Wifi />
        {t('common.network')}
        {level === undefined ? (
          <span className="muted">{t('readiness.unknown')}</span>
        ) : (
          <span className={level >= 3 ? 'row ok' : 'row warn'}>
            <span className="number">{t(qualityWords[level])}</span>
            <QualityBars level={level} label={t(qualityWords[level])} />
          </span>
        )}
      </li>
      {facts.length > 0 ? <li className="readiness__facts small muted number">{facts.join(', ')}</li> : null}
      {transport === undefined ? null : (
        <li>
          <ArrowLeftRight />
          {t('readiness.transport')}
          <span>{t(transport === 'p2p' ? 'transport.direct' : 'transport.server')}</span>
        </li>
      )}
    </ul>
  );
}
