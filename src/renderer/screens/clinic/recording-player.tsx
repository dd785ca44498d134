/** Plays a recording with the browser's own controls: they are known, and reachable by keyboard and screen reader. */
import { CircleAlert, Film } from 'lucide-react';
import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';

export interface RecordingPlayerProps {
  /** What is seen and heard, for those who cannot see it. */
  readonly label: string;
  /** Where it plays from; undefined until somebody wants to see it, or while that is asked for. */
  readonly url?: string | undefined;
  /** Why there is nothing to play, in words. */
  readonly problem?: string | undefined;
  /** Asks for it again. */
  readonly onRetry?: (() => void) | undefined;
  readonly onError?: () => void;
  readonly ref?: Ref<HTMLVideoElement>;
}

export function RecordingPlayer({ label, url, problem, onRetry, onError, ref }: RecordingPlayerProps) {
  const { t } = useTranslation();
  if (problem) {
    return (
      <div className="player__picture player__picture--still on-stage" role="alert">
        <CircleAlert />
        <p>{problem}</p>
        {onRetry ? <Button onClick={onRetry}>{t('common.retry')}</Button> : null}
      </div>
    );
  }
  if (url === undefined) {
    return (
      <div className="player__picture player__picture--still on-stage" role="status">
        <Film />
        <span className="visually-hidden">{t('recordings.opening')}</span>
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/useMediaCaption: a conversation as it was, of which there is no transcript
    <video
      ref={ref}
      className="player__picture"
      aria-label={label}
      src={url}
      // The app's pages are of another origin than the host that it plays from.
      crossOrigin="anonymous"
      controls
      controlsList="nodownload noremoteplayback"
      disableRemotePlayback
      playsInline
      preload="metadata"
      onError={onError}
    />
  );
}
