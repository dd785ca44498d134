/** The few things that have to be read from, or written into, session descriptions by hand (RFC 8866, RFC 8829). */

/**
 * Bit/s the encoder assumes before the link was measured. Below 500 kbit/s Chromium drops the first pictures of a
 * camera and scales it down first, which costs 100 ms and more; congestion control corrects it within a second.
 */
const startBitrate = 800_000;

/** Every media section turned inactive: what a description of somebody who is not admitted may ask for. */
export function withoutMedia(sdp: string): string {
  return sdp.replace(/^a=(?:sendrecv|sendonly|recvonly)(?=\r?$)/gm, 'a=inactive');
}

/** A remote description that lets Chromium start VP8 at a sensible bitrate; other browsers ignore it. */
export function withStartBitrate(sdp: string): string {
  const format = `x-google-start-bitrate=${startBitrate / 1000}`;
  return sdp.replace(/^a=rtpmap:(\d+) VP8\/90000\r?$/gm, (line, payload: string) => {
    const known = new RegExp(`^a=fmtp:${payload} `, 'm').test(sdp);
    return known ? line : `${line.trimEnd()}\r\na=fmtp:${payload} ${format}`;
  });
}

/** The name of the ICE session a description belongs to: another name means that ICE started afresh. */
export function iceNameOf(sdp: string | undefined): string | undefined {
  return sdp === undefined ? undefined : /^a=ice-ufrag:(.*)$/m.exec(sdp)?.[1];
}

/** Directions of the media sections, by mid. */
export function directionsIn(sdp: string): ReadonlyMap<string, string> {
  const directions = new Map<string, string>();
  for (const section of sdp.split(/^m=/m).slice(1)) {
    const mid = /^a=mid:(.*?)\r?$/m.exec(section)?.[1];
    const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(section)?.[1];
    if (mid !== undefined && direction !== undefined) directions.set(mid, direction);
  }
  return directions;
}
