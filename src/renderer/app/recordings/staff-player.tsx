/** Plays a recording for who works at the clinic. */
import { useTranslation } from 'react-i18next';
import type { KeptRecording } from '../../../shared/contract/recording-library.ts';
import { RecordingPlayer } from '../../screens/clinic/recording-player.tsx';
import { staffHost } from '../hosts.ts';
import { problemText } from '../problems.ts';
import { Unplayable, usePlay } from './play.ts';

export function StaffPlayer({ recording }: { readonly recording: KeptRecording }) {
  const { t } = useTranslation();
  const { egressId, patientName } = recording;
  const play = usePlay(egressId, async () =>
    (await staffHost()).recordingLibrary.ticket({ egressId, use: 'play' }),
  );
  return (
    <RecordingPlayer
      ref={play.video}
      label={t('recordings.playerLabel', { name: patientName ?? t('agenda.noName') })}
      url={play.url}
      problem={
        play.error === undefined
          ? undefined
          : t(play.error instanceof Unplayable ? 'recordings.unplayable' : problemText(play.error))
      }
      onRetry={play.retry}
      onError={play.onError}
    />
  );
}
