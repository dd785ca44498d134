/** Messages of recording: what everybody is told, what the host orders the recording client to do, and the segments it sends. */
import * as z from 'zod/mini';
import { largestSegment } from '../recording/segment.ts';

/** `client`: a doctor's window records what it sees and hears. `egress`: LiveKit Egress records the room. */
export const recorderSchema = z.enum(['client', 'egress']);
export type RecorderKind = z.infer<typeof recorderSchema>;

const egressIdSchema = z.string().check(z.minLength(1), z.maxLength(64));

/** The recording that is being made, as everybody in the call is told. */
export const runningRecordingSchema = z.object({
  egressId: egressIdSchema,
  recorder: recorderSchema,
  /** `paused`: somebody present has not agreed yet; nothing is recorded meanwhile. */
  state: z.enum(['recording', 'paused']),
  /** ISO 8601. */
  startedAt: z.string(),
  /** Time recorded until this was said, ms; pauses are not counted. */
  elapsedMs: z.int(),
});
export type RunningRecording = z.infer<typeof runningRecordingSchema>;

/**
 * What went wrong with LiveKit Egress, as doctors are told. `egress-not-started`: it did not begin; a window records instead.
 * `egress-lost`: it was lost in the middle of a recording, of which is kept what there is; a window goes on, as another recording.
 */
export const recordingTroubleSchema = z.enum(['egress-not-started', 'egress-lost']);
export type RecordingTrouble = z.infer<typeof recordingTroubleSchema>;

/** What the host wants of the window that records; the latest one counts. None: it records nothing. */
export const recorderOrdersSchema = z.object({
  egressId: egressIdSchema,
  /** age recipients (`age1…`) that every segment is encrypted to before it leaves the window or is kept by it. */
  recipients: z.array(z.string()),
  /** The permission to capture, stamped on every segment. Without one: paused, and nothing may be captured. */
  grant: z.optional(z.int()),
  /** Everything up to this number is durable, and of no more use to the window. */
  durable: z.int(),
  /**
   * Where a window goes on that begins anew, for instance after a reload: with this number and at this place, µs; behind the last
   * segment that it has kept, where that is further. What it has kept is sent in any case, whatever its number.
   */
  next: z.int(),
  fromUs: z.int(),
  /** True: no more is wanted; send what is left, then `recorded`. */
  end: z.boolean(),
});
export type RecorderOrders = z.infer<typeof recorderOrdersSchema>;

export const recordingRequestSchemas = {
  /** Whether this window can record; said after joining by a doctor's window, again after every rejoin. */
  recorder: z.object({ ready: z.boolean() }),
  /** One segment (`shared/recording/segment.ts`), encrypted by age to all of the recipients. Answered when it is durable. */
  segment: z.object({
    egressId: egressIdSchema,
    /** The same as in the segment; the host believes the segment. */
    number: z.int().check(z.positive()),
    /** SHA-256 of the bytes as sent, hexadecimal. */
    hash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    bytes: z.instanceof(Uint8Array).check(z.refine((bytes) => bytes.byteLength <= largestSegment)),
  }),
  /** All segments are sent. */
  recorded: z.object({
    egressId: egressIdSchema,
    /** Number of the last one; 0: there was none. */
    last: z.int().check(z.nonnegative()),
    /** Time the client has captured, ms. */
    capturedMs: z.int().check(z.nonnegative()),
  }),
} as const;

export interface RecordingRequestAnswers {
  recorder: Record<string, never>;
  /** Everything up to this number is durable. */
  segment: { readonly durable: number };
  recorded: Record<string, never>;
}
