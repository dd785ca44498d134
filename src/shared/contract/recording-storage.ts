/** Finished recordings in the clinic's S3 bucket: how the uploading goes, and trying again at once. */
import * as z from 'zod';
import { base } from './operation.ts';

/**
 * What stands in the way. Of all recordings: `unreachable`: no answer; `certificate`: the server's is not trusted; `key`: the access key is
 * wrong; `denied`: it may not do what is needed; `bucket`: there is none of this name; `region`: it is in another region; `clock`: this
 * computer's is wrong; `full`: no room or a limit; `unwell`: any other failure there. Of one recording: `damaged`: its file here is not what was recorded;
 * `missing`: it is neither here nor there; `different`: what arrived is not what was sent; `locked`: the bucket lets nobody delete it yet.
 */
export const storageProblemKinds = [
  'unreachable',
  'certificate',
  'key',
  'denied',
  'bucket',
  'region',
  'clock',
  'full',
  'unwell',
  'damaged',
  'missing',
  'different',
  'locked',
] as const;
export type StorageProblemKind = (typeof storageProblemKinds)[number];

const storageProblemSchema = z.object({
  kind: z.enum(storageProblemKinds),
  /** In the server's own words. */
  detail: z.string(),
  since: z.string(),
  nextTryAt: z.string(),
});
export type StorageProblem = z.infer<typeof storageProblemSchema>;

const troubledRecordingSchema = storageProblemSchema.extend({
  egressId: z.string(),
  /** What is being tried. */
  task: z.enum(['upload', 'hold', 'remove']),
});
export type TroubledRecording = z.infer<typeof troubledRecordingSchema>;

export const recordingStorageSchema = z.object({
  /** Where recordings go; absent while none is set up. */
  place: z.object({ endpoint: z.string(), bucket: z.string(), prefix: z.string() }).optional(),
  /** Finished recordings that are not known to be safe there. */
  pending: z.number().int(),
  pendingBytes: z.number().int(),
  /** The one on its way. */
  current: z
    .object({ egressId: z.string(), sentBytes: z.number().int(), sizeBytes: z.number().int() })
    .optional(),
  /** Recordings that are there and were compared. */
  stored: z.number().int(),
  /** Those of them that are only there. */
  storedOnly: z.number().int(),
  lastStoredAt: z.string().optional(),
  /** Deleted here, and still to be deleted there. */
  removing: z.number().int(),
  /** Days that the copy on this disk is kept once it is stored; absent: for good. */
  keepLocalDays: z.number().optional(),
  /** Recordings under a legal hold that the bucket does not keep by itself, because it was made without Object Lock. */
  heldHereOnly: z.number().int(),
  /** Why nothing can be stored now. */
  problem: storageProblemSchema.optional(),
  /** Recordings that are set aside, so that the others go on; the first of them. */
  troubled: z.array(troubledRecordingSchema),
});
export type RecordingStorageStatus = z.infer<typeof recordingStorageSchema>;

export const recordingStorageContract = {
  storage: base
    .route({
      method: 'GET',
      path: '/api/recording-storage',
      tags: ['Recordings'],
      summary: "What is in the clinic's S3 bucket, what is still to be uploaded, and what is in the way",
    })
    .meta({ roles: ['admin'], audit: 'recording.storage', recorded: 'hourly' })
    .output(recordingStorageSchema),
  storeNow: base
    .route({
      method: 'POST',
      path: '/api/recording-storage/retry',
      tags: ['Recordings'],
      summary: 'Do not wait for the next try, also for recordings that were set aside',
    })
    .meta({ roles: ['admin'], audit: 'recording.store-now' })
    .output(recordingStorageSchema),
};
