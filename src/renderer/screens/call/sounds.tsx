/** Everybody's sound, and the button browsers ask for when they refuse to play without a tap. */
import { Volume2 } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RemoteParticipantView } from '../../call/call.ts';
import { Button } from '../../components/button.tsx';
import { RemoteSound } from '../../components/remote-sound.tsx';
import { audioTrack } from './tracks.ts';

export interface SoundsProps {
  readonly people: readonly RemoteParticipantView[];
  readonly attachSpeaker: (element: HTMLMediaElement) => () => void;
}

export function Sounds({ people, attachSpeaker }: SoundsProps) {
  const { t } = useTranslation();
  const [blocked, setBlocked] = useState<ReadonlySet<string>>(new Set());
  const [attempt, setAttempt] = useState(0);
  const mark = useCallback((trackId: string, isBlocked: boolean) => {
    setBlocked((before) => {
      if (before.has(trackId) === isBlocked) return before;
      const after = new Set(before);
      if (isBlocked) after.add(trackId);
      else after.delete(trackId);
      return after;
    });
  }, []);
  const tracks = people
    .flatMap(({ tracks }) => [audioTrack(tracks.microphone), audioTrack(tracks.screen_share_audio)])
    .filter((track) => track !== undefined);
  return (
    <>
      {tracks.map((track) => (
        <RemoteSound
          key={track.id}
          track={track}
          attachSpeaker={attachSpeaker}
          attempt={attempt}
          onBlocked={mark}
        />
      ))}
      {blocked.size > 0 ? (
        <div className="stage__sound">
          <Button
            look="primary"
            size="large"
            icon={Volume2}
            autoFocus
            onClick={() => setAttempt(attempt + 1)}
          >
            {t('call.activateSound')}
          </Button>
        </div>
      ) : null}
    </>
  );
}
