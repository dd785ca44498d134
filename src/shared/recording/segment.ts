/**
 * A segment of a recording: the encoded packets of at most half a second, self-contained, so that whatever segments are there
 * can be put together. Packets, not a container: there is no half-written file that would have to be mended after a kill.
 *
 * As bytes: 4 bytes big-endian length of the head, the head as JSON (UTF-8), then the packets' contents one after the other.
 */
import * as z from 'zod/mini';

/** Longest time of one segment, µs. */
export const segmentUs = 500_000;
/** A picture that took long to encode may come with a later segment: by so much, µs, it may lie before it. */
export const lateUs = 1_000_000;
/** Largest segment as it is sent, bytes: below what a signaling message may hold. */
export const largestSegment = 900_000;

const microseconds = z.int().check(z.nonnegative());
const codecSchema = z.string().check(z.minLength(1), z.maxLength(64));
/** Codec private data (WebCodecs `description`), base64. */
const descriptionSchema = z.optional(z.string().check(z.maxLength(4_096)));

const videoConfigSchema = z.strictObject({
  /** Codec string of the WebCodecs registry. */
  codec: codecSchema,
  /** Pixels. */
  codedWidth: z.int().check(z.minimum(16), z.maximum(8_192)),
  codedHeight: z.int().check(z.minimum(16), z.maximum(8_192)),
  description: descriptionSchema,
});
export type RecordedVideoConfig = z.infer<typeof videoConfigSchema>;

const audioConfigSchema = z.strictObject({
  codec: codecSchema,
  /** Hz. */
  sampleRate: z.int().check(z.minimum(8_000), z.maximum(192_000)),
  numberOfChannels: z.int().check(z.minimum(1), z.maximum(8)),
  description: descriptionSchema,
});
export type RecordedAudioConfig = z.infer<typeof audioConfigSchema>;

/** Track, timestamp µs, duration µs, whether it can be decoded by itself, bytes. */
const packetHeadSchema = z.tuple([
  z.enum(['video', 'audio']),
  microseconds,
  microseconds,
  z.boolean(),
  z.int().check(z.positive(), z.maximum(largestSegment)),
]);

const headSchema = z.strictObject({
  version: z.literal(1),
  egressId: z.string().check(z.maxLength(64)),
  /** From 1, without holes, over the whole recording. */
  number: z.int().check(z.positive()),
  /** Which permission of the host it was captured under. */
  grant: z.int().check(z.positive()),
  /** Its place in the recording, µs from the beginning; paused time is not counted. */
  fromUs: microseconds,
  toUs: microseconds,
  /** What its packets need to be decoded; repeated in every segment. */
  video: videoConfigSchema,
  audio: audioConfigSchema,
  packets: z.array(packetHeadSchema).check(z.maxLength(1_000)),
});

export interface RecordedPacket {
  readonly track: 'video' | 'audio';
  /** Presentation time in the recording, µs. */
  readonly timestampUs: number;
  readonly durationUs: number;
  /** Whether it can be decoded without those before it. */
  readonly key: boolean;
  readonly data: Uint8Array;
}

export type Segment = Omit<z.infer<typeof headSchema>, 'version' | 'packets'> & {
  readonly packets: readonly RecordedPacket[];
};

/** The bytes are no segment, or one whose parts contradict each other. */
export class SegmentError extends Error {
  override readonly name = 'SegmentError';
}

export function encodeSegment({ packets, ...segment }: Segment): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(
    JSON.stringify({
      version: 1,
      ...segment,
      packets: packets.map(({ track, timestampUs, durationUs, key, data }) => [
        track,
        timestampUs,
        durationUs,
        key,
        data.byteLength,
      ]),
    }),
  );
  const size = packets.reduce((sum, { data }) => sum + data.byteLength, 4 + head.byteLength);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, head.byteLength);
  bytes.set(head, 4);
  let at = 4 + head.byteLength;
  for (const { data } of packets) {
    bytes.set(data, at);
    at += data.byteLength;
  }
  return bytes;
}

/** @throws SegmentError */
export function decodeSegment(bytes: Uint8Array): Segment {
  const { packets: heads, version: _, ...segment } = readHead(bytes);
  if (segment.toUs < segment.fromUs || segment.toUs - segment.fromUs > segmentUs)
    throw new SegmentError('A segment holds at most half a second.');
  let at = 4 + headLength(bytes);
  const packets = heads.map(([track, timestampUs, durationUs, key, length]): RecordedPacket => {
    const earliestUs = segment.fromUs - (track === 'video' ? lateUs : 0);
    if (timestampUs < earliestUs || timestampUs > segment.toUs)
      throw new SegmentError('A packet lies outside of its segment.');
    const data = bytes.subarray(at, at + length);
    at += length;
    return { track, timestampUs, durationUs, key, data };
  });
  if (at !== bytes.byteLength) throw new SegmentError('The packets have another length than the head says.');
  return { ...segment, packets };
}

function readHead(bytes: Uint8Array): z.infer<typeof headSchema> {
  let json: unknown;
  try {
    const head = bytes.subarray(4, 4 + headLength(bytes));
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(head));
  } catch (cause) {
    throw new SegmentError('The head is not JSON.', { cause });
  }
  const parsed = z.safeParse(headSchema, json);
  if (!parsed.success) throw new SegmentError('The head is not that of a segment.', { cause: parsed.error });
  return parsed.data;
}

function headLength(bytes: Uint8Array): number {
  if (bytes.byteLength < 4) throw new SegmentError('Too short for a segment.');
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}
