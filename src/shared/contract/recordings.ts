/** Recording a consultation, and the recordings that are kept. Playing and exporting travel beside the operations, see docs/recordings.md. */
import * as z from 'zod';
import { recorderSchema } from '../signaling/recording.ts';
import { consultationOver } from './consultations.ts';
import { base, consultationInput, doctorRoles, errors } from './operation.ts';

/** LiveKit's words for the state of an egress, whoever records. */
export const recordingStatuses = [
  'EGRESS_STARTING',
  'EGRESS_ACTIVE',
  'EGRESS_ENDING',
  'EGRESS_COMPLETE',
  'EGRESS_FAILED',
] as const;
export type RecordingStatus = (typeof recordingStatuses)[number];

/**
 * Why it ended. `interrupted`: whoever recorded was lost and did not come back. `withdrawn`: somebody took their consent back.
 * `closed`: the consultation was.
 */
export const recordingEnds = ['stopped', 'withdrawn', 'closed', 'interrupted', 'failed'] as const;
export type RecordingEnd = (typeof recordingEnds)[number];

export const egressIdSchema = z
  .string()
  .regex(/^EG_[A-Za-z0-9_-]{4,60}$/, 'Use the egressId that starting the recording answered.');

export const recordingSchema = z.object({
  egressId: z.string(),
  consultationId: z.string(),
  roomName: z.string(),
  recorder: recorderSchema,
  status: z.enum(recordingStatuses),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  endedAs: z.enum(recordingEnds).optional(),
  /** Time that is safe, ms. */
  durationMs: z.number().int(),
  /** Time that was captured as far as is known, ms; more than `durationMs` when something was lost. */
  capturedMs: z.number().int(),
  /** Of the encrypted file, bytes; absent until it is finished. */
  sizeBytes: z.number().int().optional(),
  /** SHA-256 of the encrypted file, hexadecimal. */
  sha256: z.string().optional(),
  /** Of what is inside: `video/webm` or `video/mp4`. */
  contentType: z.string().optional(),
});
export type Recording = z.infer<typeof recordingSchema>;

/** Recordings that one answer lists. */
export const longestList = 500;

export const recordingsContract = {
  start: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/recording/start',
      tags: ['Recordings'],
      summary: 'Record a consultation, once everybody in the call has agreed',
    })
    .meta({ roles: doctorRoles, audit: 'recording.start', bound: 'consultationId' })
    .input(consultationInput.extend({ roomName: z.string().min(1).max(200) }))
    .output(
      z.object({
        egressId: z.string(),
        roomName: z.string(),
        startedAt: z.string(),
        status: z.enum(recordingStatuses),
        recorder: recorderSchema,
      }),
    )
    .errors(
      errors(
        'CONSULTATION_NOT_FOUND',
        'ROOM_NOT_FOUND',
        ...consultationOver,
        'RECORDING_CONSENT_MISSING',
        'NO_RECORDER',
        'ALREADY_RECORDING',
      ),
    ),
  stop: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/recording/stop',
      tags: ['Recordings'],
      summary: 'End a recording; answered when its file is safe',
    })
    .meta({ roles: doctorRoles, audit: 'recording.stop', target: 'egressId', bound: 'consultationId' })
    .input(consultationInput.extend({ egressId: egressIdSchema }))
    .output(
      z.object({
        egressId: z.string(),
        status: z.enum(recordingStatuses),
        endedAt: z.string(),
        durationMs: z.number().int(),
        sizeBytes: z.number().int(),
      }),
    )
    .errors(errors('CONSULTATION_NOT_FOUND', 'RECORDING_NOT_FOUND')),
  list: base
    .route({
      method: 'GET',
      path: '/api/recordings',
      tags: ['Recordings'],
      summary: 'Recordings as they are made, newest first',
      description:
        'Also those that are being made, with how far they have come, and those whose content was deleted. What is decided about them, names and searching are in `/api/recording-library`. At most `limit` (500). For the next page, repeat with `after`, the egressId of the last one received; a page shorter than `limit` is the last.',
    })
    .meta({ roles: ['admin', 'clinician'], audit: 'recording.list', recorded: 'hourly' })
    .input(
      z
        .object({
          consultationId: z.string().min(1).max(100).optional(),
          limit: z.coerce.number().int().min(1).max(longestList).optional(),
          after: egressIdSchema.optional(),
        })
        .optional(),
    )
    .output(z.array(recordingSchema))
    .errors(errors('RECORDING_NOT_FOUND')),
  get: base
    .route({
      method: 'GET',
      path: '/api/recordings/{egressId}',
      tags: ['Recordings'],
      summary: 'Get one recording',
    })
    .meta({ roles: ['admin', 'clinician'], audit: 'recording.get', target: 'egressId', recorded: 'hourly' })
    .input(z.object({ egressId: egressIdSchema }))
    .output(recordingSchema)
    .errors(errors('RECORDING_NOT_FOUND')),
};
