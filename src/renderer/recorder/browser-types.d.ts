/** Browser interfaces that TypeScript's library does not know yet. */

/** W3C MediaStreamTrack Insertable Media Processing using Streams; Chromium alone has it in windows. */
declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack; maxBufferSize?: number });
  readonly readable: ReadableStream<VideoFrame>;
}

interface AudioContextOptions {
  /** `none`: rendered by the system's clock, and played nowhere. */
  sinkId?: string | { type: 'none' };
}
