/** One person's picture, or what stands in its place; covers its box unless that would cut a person out. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { classes } from './classes.ts';

export interface PictureProps {
  /** A MediaStreamTrack; nothing while there is no picture. */
  readonly track?: MediaStreamTrack | undefined;
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  readonly className?: string;
  /** Own pictures are shown as in a mirror. */
  readonly mirrored?: boolean;
  /** Screens are shown whole. */
  readonly whole?: boolean;
  /** The link to this person is lost: the last picture stays, grey. */
  readonly lost?: boolean;
  /** Shown instead of a picture. */
  readonly empty?: ReactNode;
  readonly children?: ReactNode;
}

/** A picture taller than wide in a box wider than tall loses the face when it covers; then it is shown whole. */
function wouldCutOut(video: HTMLVideoElement): boolean {
  const { videoWidth, videoHeight, clientWidth, clientHeight } = video;
  if (videoWidth === 0 || videoHeight === 0 || clientHeight === 0) return false;
  return (videoWidth / videoHeight) * 1.6 < clientWidth / clientHeight;
}

export function Picture({
  track,
  label,
  className,
  mirrored = false,
  whole = false,
  lost = false,
  empty,
  children,
}: PictureProps) {
  const element = useRef<HTMLVideoElement>(null);
  const [tall, setTall] = useState(false);

  useEffect(() => {
    const video = element.current;
    if (!video || !track) return;
    video.srcObject = new MediaStream([track]);
    // Muted video may always play; a refusal means the element is already gone.
    video.play().catch(() => {});
    const measure = () => setTall(wouldCutOut(video));
    const observer = new ResizeObserver(measure);
    observer.observe(video);
    video.addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      video.removeEventListener('resize', measure);
      video.srcObject = null;
    };
  }, [track]);

  return (
    <div
      className={classes(
        'picture',
        mirrored && 'picture--mirrored',
        (whole || tall) && 'picture--contain',
        lost && 'picture--lost',
        className,
      )}
    >
      {track ? (
        <video ref={element} autoPlay playsInline muted aria-label={label} />
      ) : (
        <div className="picture__empty">{empty}</div>
      )}
      {children}
    </div>
  );
}
