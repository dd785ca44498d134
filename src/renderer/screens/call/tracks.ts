/** The call core passes tracks on without looking inside; here they are the browser's again. */
import type { Track } from '../../call/transport.ts';

export function videoTrack(track: Track | undefined): MediaStreamTrack | undefined {
  return track instanceof MediaStreamTrack && track.kind === 'video' ? track : undefined;
}

export function audioTrack(track: Track | undefined): MediaStreamTrack | undefined {
  return track instanceof MediaStreamTrack && track.kind === 'audio' ? track : undefined;
}
