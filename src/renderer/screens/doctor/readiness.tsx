/** How ready somebody who waits is, in words. */
import { Mic, Video, Volume2, Wifi } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Check, Readiness as ReadinessMessage } from '../../../shared/signaling/messages.ts';
import { QualityBars } from '../../components/quality-bars.tsx';
import {
  cameraWords,
  microphoneWords,
  qualityWords,
  roundTripLevel,
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
}: {
  readonly name: string;
  readonly readiness: ReadinessMessage;
}) {
  const { t } = useTranslation();
  const { camera, microphone, speaker, roundTripMs } = readiness;
  const level = roundTripMs === undefined ? undefined : roundTripLevel(roundTripMs);
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
            <span className="number">
              {t(qualityWords[level])}, {t('quality.delay', { value: Math.round(roundTripMs ?? 0) })}
            </span>
            <QualityBars level={level} label={t(qualityWords[level])} />
          </span>
        )}
      </li>
    </ul>
  );
}
