/** Plays one remote sound through the chosen speaker and says when the browser wants a tap first. */
import { useEffect, useRef } from 'react';

export interface RemoteSoundProps {
  readonly track: MediaStreamTrack;
  /** Keeps the element on the chosen speaker; returns how to let it go. */
  readonly attachSpeaker: (element: HTMLMediaElement) => () => void;
  /** Each change makes a new attempt to play: count up inside a tap. */
  readonly attempt: number;
  readonly onBlocked: (trackId: string, blocked: boolean) => void;
}

export function RemoteSound({ track, attachSpeaker, attempt, onBlocked }: RemoteSoundProps) {
  const element = useRef<HTMLAudioElement>(null);

  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    audio.srcObject = new MediaStream([track]);
    return () => {
      audio.srcObject = null;
    };
  }, [track]);

  useEffect(() => (element.current ? attachSpeaker(element.current) : undefined), [attachSpeaker]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new track or attempt is what asks for playing again
  useEffect(() => {
    let current = true;
    element.current?.play().then(
      () => current && onBlocked(track.id, false),
      (error: unknown) => {
        const refused = error instanceof DOMException && error.name === 'NotAllowedError';
        if (current && refused) onBlocked(track.id, true);
      },
    );
    return () => {
      current = false;
      onBlocked(track.id, false);
    };
  }, [track, attempt, onBlocked]);

  // biome-ignore lint/a11y/useMediaCaption: live speech has no captions
  return <audio ref={element} autoPlay />;
}
