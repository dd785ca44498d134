/**
 * The recordings that are kept: found, opened, held, shared and deleted. Their content travels beside the operations, by tickets; see
 * docs/recordings.md.
 */
import * as z from 'zod';
import { roles } from '../access/access.ts';
import { base, consultationInput, errors, idSchema, lineSchema, timestampSchema } from './operation.ts';
import { egressIdSchema, recordingSchema } from './recordings.ts';

/** `clinic`: as long as the clinic keeps recordings by its settings. */
const keepingRuleSchema = z.discriminatedUnion('rule', [
  z.object({ rule: z.literal('clinic') }),
  z.object({ rule: z.literal('forever') }),
  z.object({ rule: z.literal('until'), until: timestampSchema }),
]);
export type KeepingRule = z.infer<typeof keepingRuleSchema>;

export const keptRecordingSchema = recordingSchema.extend({
  patientId: z.string(),
  patientName: z.string().optional(),
  doctorName: z.string().optional(),
  /** How many people agreed to be recorded in that consultation. */
  agreed: z.number().int(),
  keeping: keepingRuleSchema,
  /** When it is deleted by itself; absent: never. */
  deletesAt: z.string().optional(),
  /** Nobody and nothing deletes it while this is here. */
  hold: z.object({ since: z.string(), reason: z.string() }).optional(),
  /** Where its encrypted file is; `missing`: neither here nor in the bucket, as after a backup was restored, which holds no recordings. */
  copies: z.enum(['here', 'here-and-bucket', 'bucket', 'missing']),
  /** Links for the patient that open it now. */
  links: z.number().int(),
  /** Its content is gone for good; what is known of it stays. */
  deleted: z
    .object({ at: z.string(), as: z.enum(['asked', 'retention']), reason: z.string().optional() })
    .optional(),
});
export type KeptRecording = z.infer<typeof keptRecordingSchema>;

export const recordingFilters = ['kept', 'held', 'deleted'] as const;
export type RecordingFilter = (typeof recordingFilters)[number];

/** A link for the patient. The link itself is answered once, when it is made: only its hash is kept. */
const recordingLinkSchema = z.object({
  linkId: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  /** How often it was opened. */
  opened: z.number().int(),
  lastOpenedAt: z.string().optional(),
  revokedAt: z.string().optional(),
});
export type RecordingLink = z.infer<typeof recordingLinkSchema>;

const recordingRulesSchema = z.object({
  /** Whether recordings may be shared with patients by a link. */
  sharing: z.boolean(),
  /** Days after which recordings are deleted by themselves (RECORDING_RETENTION_DAYS); absent: never. */
  retentionDays: z.number().optional(),
  /** Whether this host has the key that opens recordings; without it they can only be exported encrypted. */
  readable: z.boolean(),
  /** LiveKit Egress records calls through the server (LIVEKIT_EGRESS): where it writes in clear, until the host has encrypted it. */
  egress: z.enum(['folder', 's3']).optional(),
});
export type RecordingRules = z.infer<typeof recordingRulesSchema>;

const ticketSchema = z.object({
  /** Opens the content without any other credential, until `expiresAt`. */
  url: z.string(),
  expiresAt: z.string(),
});

/** `play`: as often and from wherever a player wants; the others begin a download. `encrypted`: the age file as it lies there. */
export const recordingUses = ['play', 'export', 'encrypted'] as const;
export type RecordingUse = (typeof recordingUses)[number];

const recordingInput = z.object({ egressId: egressIdSchema });
const reasonSchema = lineSchema(500);
const treating = ['admin', 'clinician'] as const;
const target = 'egressId';
/** What stands in the way of anything that is done with a content. */
const contentErrors = ['RECORDING_NOT_FOUND', 'RECORDING_DELETED', 'RECORDING_NOT_FINISHED'] as const;

/** The longest that a link for a patient opens a recording, hours. */
export const longestLinkHours = 30 * 24;

export const recordingLibraryContract = {
  find: base
    .route({
      method: 'GET',
      path: '/api/recording-library',
      tags: ['Recordings'],
      summary: 'Find kept recordings by patient, words and time, newest first',
      description:
        '`from` is included, `to` is not. Each word of `search` must occur in the names of patient and doctor or in the title; case and accents do not matter. For the next page, repeat with `cursor` as `nextCursor` says.',
    })
    .meta({ roles: treating, audit: 'recording.find', recorded: 'hourly' })
    .input(
      z
        .object({
          search: z.string().max(200).optional(),
          from: timestampSchema.optional(),
          to: timestampSchema.optional(),
          patientId: idSchema.optional(),
          consultationId: idSchema.optional(),
          egressId: egressIdSchema.optional(),
          filter: z.enum(recordingFilters).optional(),
          limit: z.coerce.number().int().min(1).max(200).optional(),
          cursor: z.string().max(300).optional(),
        })
        .optional(),
    )
    .output(
      z.object({
        recordings: z.array(keptRecordingSchema),
        nextCursor: z.string().optional(),
        /** Of all kept recordings, whatever is searched. */
        total: z.object({ count: z.number().int(), sizeBytes: z.number().int() }),
      }),
    ),
  ticket: base
    .route({
      method: 'POST',
      path: '/api/recordings/{egressId}/ticket',
      tags: ['Recordings'],
      summary: 'Get an address that opens the content of a recording for a while',
    })
    .meta({ roles: treating, audit: 'recording.ticket', target })
    .input(recordingInput.extend({ use: z.enum(recordingUses) }))
    .output(ticketSchema)
    .errors(errors(...contentErrors, 'RECORDING_GONE', 'RECORDING_KEY_ABSENT')),
  check: base
    .route({
      method: 'POST',
      path: '/api/recordings/{egressId}/check',
      tags: ['Recordings'],
      summary: 'Read a whole recording and compare it with what was recorded',
    })
    .meta({ roles: treating, audit: 'recording.check', target })
    .input(recordingInput)
    .output(
      z.object({
        sound: z.boolean(),
        sizeBytes: z.number().int(),
        sha256: z.string(),
        /** The first place that is not as it was written, in the encrypted file. */
        fault: z
          .object({ problem: z.string(), chunk: z.number().int().optional(), offset: z.number().optional() })
          .optional(),
      }),
    )
    .errors(errors(...contentErrors, 'RECORDING_GONE', 'RECORDING_AWAY')),
  hold: base
    .route({
      method: 'PUT',
      path: '/api/recordings/{egressId}/hold',
      tags: ['Recordings'],
      summary: 'Put a recording under legal hold: nothing deletes it until the hold is lifted',
    })
    .meta({ roles: treating, audit: 'recording.hold', target })
    .input(recordingInput.extend({ reason: reasonSchema }))
    .output(keptRecordingSchema)
    .errors(errors('RECORDING_NOT_FOUND', 'RECORDING_DELETED')),
  release: base
    .route({
      method: 'DELETE',
      path: '/api/recordings/{egressId}/hold',
      tags: ['Recordings'],
      summary: 'Lift the legal hold of a recording',
    })
    .meta({ roles: ['admin'], audit: 'recording.release', target })
    .input(recordingInput.extend({ reason: reasonSchema }))
    .output(keptRecordingSchema)
    .errors(errors('RECORDING_NOT_FOUND', 'RECORDING_DELETED')),
  keep: base
    .route({
      method: 'PUT',
      path: '/api/recordings/{egressId}/retention',
      tags: ['Recordings'],
      summary: 'Say how long a recording is kept',
    })
    .meta({ roles: ['admin'], audit: 'recording.keep', target })
    .input(recordingInput.extend({ keeping: keepingRuleSchema }))
    .output(keptRecordingSchema)
    .errors(errors('RECORDING_NOT_FOUND', 'RECORDING_DELETED')),
  remove: base
    .route({
      method: 'DELETE',
      path: '/api/recordings/{egressId}',
      tags: ['Recordings'],
      summary: 'Delete the content of a recording for good; what is known of it stays',
    })
    .meta({ roles: ['admin'], audit: 'recording.delete', target })
    .input(recordingInput.extend({ reason: reasonSchema }))
    .output(keptRecordingSchema)
    .errors(errors(...contentErrors, 'RECORDING_HELD')),
  share: base
    .route({
      method: 'POST',
      path: '/api/recordings/{egressId}/links',
      tags: ['Recordings'],
      summary: 'Make a link by which the patient plays a recording in a browser until it expires',
    })
    .meta({ roles: treating, audit: 'recording.share', target })
    .input(recordingInput.extend({ hours: z.number().int().min(1).max(longestLinkHours) }))
    .output(recordingLinkSchema.extend({ url: z.string() }))
    .errors(errors(...contentErrors, 'RECORDING_GONE', 'RECORDING_KEY_ABSENT', 'RECORDING_SHARING_OFF')),
  links: base
    .route({
      method: 'GET',
      path: '/api/recordings/{egressId}/links',
      tags: ['Recordings'],
      summary: 'List the links of a recording, newest first',
    })
    .meta({ roles: treating, audit: 'recording.links', target, recorded: 'hourly' })
    .input(recordingInput)
    .output(z.array(recordingLinkSchema))
    .errors(errors('RECORDING_NOT_FOUND')),
  unshare: base
    .route({
      method: 'DELETE',
      path: '/api/recordings/{egressId}/links/{linkId}',
      tags: ['Recordings'],
      summary: 'Revoke a link; who plays by it stops',
    })
    .meta({ roles: treating, audit: 'recording.unshare', target })
    .input(recordingInput.extend({ linkId: z.string().min(1).max(64) }))
    .output(recordingLinkSchema)
    .errors(errors('RECORDING_NOT_FOUND', 'RECORDING_LINK_NOT_FOUND')),
  openLink: base
    .route({
      method: 'POST',
      path: '/api/recording-links/open',
      tags: ['Recordings'],
      summary: 'Open a link for a patient: what may be shown, and where it plays',
    })
    .meta({ roles, audit: 'recording.open-link', bound: 'nothing' })
    .input(z.object({ token: z.string().min(1).max(100) }))
    .output(
      ticketSchema.extend({
        clinicName: z.string(),
        startedAt: z.string(),
        durationMs: z.number().int(),
        /** When the link ends. */
        linkExpiresAt: z.string(),
      }),
    )
    .errors(errors('RECORDING_LINK_NOT_FOUND', 'RECORDING_LINK_OVER', 'RECORDING_GONE', 'TOO_MANY_REQUESTS')),
  rules: base
    .route({
      method: 'GET',
      path: '/api/recording-rules',
      tags: ['Recordings'],
      summary: 'How this clinic keeps and shares recordings',
    })
    .meta({ roles: treating, audit: 'recording.rules', recorded: 'never' })
    .output(recordingRulesSchema),
  setRules: base
    .route({
      method: 'PATCH',
      path: '/api/recording-rules',
      tags: ['Recordings'],
      summary: 'Allow or forbid sharing recordings with patients; forbidding ends every link',
    })
    .meta({ roles: ['admin'], audit: 'recording.set-rules' })
    .input(z.object({ sharing: z.boolean() }))
    .output(recordingRulesSchema),
  pack: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/pack',
      tags: ['Recordings'],
      summary: 'Get an address that downloads everything of a consultation as one signed archive',
      description:
        'A zip with recordings, notes, chat, files, consents, the entries of the audit log and who was there, and a signed manifest. Verify it with: npm run host -- verify-pack <file>',
    })
    .meta({ roles: ['admin'], audit: 'consultation.pack' })
    .input(consultationInput)
    .output(ticketSchema)
    .errors(errors('CONSULTATION_NOT_FOUND')),
};
