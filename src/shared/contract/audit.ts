/** The audit log: what was done on this host, by whom, as entries that are only added and each hold the one before. */
import * as z from 'zod';
import { roles } from '../access/access.ts';
import { base, idSchema, timestampSchema } from './operation.ts';

const auditHeadSchema = z.object({ number: z.number().int(), hash: z.string() });

/** `host`: what nobody asked for, such as its start. */
export const auditCallerSchema = z.object({
  role: z.enum([...roles, 'host']),
  /** What `id` names; without both it is the clinic's own window, a program of its computer or the API key. */
  kind: z.enum(['device', 'account', 'participant']).optional(),
  id: z.string().optional(),
});
export type AuditCaller = z.infer<typeof auditCallerSchema>;

/** How something was done or happened: the words of `detail`, beside what was counted and measured. */
export const auditDetails = [
  'first',
  'after-stop',
  'after-failure',
  'after-restore',
  'waiting',
  'admitted',
  'left',
  'removed',
  'refused',
  'consent-withdrawn',
  'closed',
  'cancelled',
  'empty',
  'p2p',
  'sfu',
  'by-command',
  'request',
  'signaling',
  'video-server',
  'sha256',
  'md5',
  'read-back',
  'wrong-key',
  'damaged',
  'truncated',
  'sealed',
  'missing',
  'stopped',
  'withdrawn',
  'interrupted',
  'failed',
  'egress',
] as const;
export type AuditDetail =
  | (typeof auditDetails)[number]
  | `${number}`
  | `${number} of ${number} ms`
  | `bytes ${number} to ${number}`
  | `sha256:${string}`;

/** Ids, words of fixed lists and times: no names, and nothing of what people say or write. */
export const auditEntrySchema = z.object({
  /** From 1, without a gap. */
  number: z.number().int(),
  /** When it was asked for, by the host's clock. */
  at: z.string(),
  /** An operation's name in the log, or an event's: `consultation.create`, `participant.joined`. */
  event: z.string(),
  caller: auditCallerSchema,
  consultationId: z.string().optional(),
  /** Whom or what it was done to: an identity, a file, a computer, a camera. */
  target: z.string().optional(),
  /** How: one of `auditDetails`, or what was counted or measured. */
  detail: z.string().optional(),
  /** `ok`, or the code of the refusal or failure. */
  outcome: z.string(),
  /** How many times more the same was refused, where each alone would only fill the log. */
  count: z.number().int().optional(),
  /** Where the log ended that was there before a backup was restored; what came after the backup is in that one alone. */
  replaced: auditHeadSchema.optional(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditFaults = [
  'changed',
  'missing',
  'reordered',
  'truncated',
  'added',
  'forged-head',
  'other-key',
  'not-an-export',
] as const;

export const auditVerdictSchema = z.object({
  sound: z.boolean(),
  /** Entries that were looked at and are as they were written. */
  entries: z.number().int(),
  /** Signatures that stand. */
  signedHeads: z.number().int(),
  /** The last sound entry. */
  head: auditHeadSchema,
  /** Entries that go on from a backup, and where the log ended that was there before, when that is known. */
  restored: z.array(z.object({ number: z.number().int(), replaced: auditHeadSchema.optional() })),
  fault: z
    .object({
      kind: z.enum(auditFaults),
      /** The first bad entry. */
      number: z.number().int(),
      /** The last that it can be, where only a signature after several entries shows that one of them is bad. */
      until: z.number().int().optional(),
      message: z.string(),
    })
    .optional(),
});
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;

/** The key that signs the heads, Ed25519, 32 bytes, hexadecimal. */
const publicKeySchema = z.string();

export const auditContract = {
  list: base
    .route({
      method: 'GET',
      path: '/api/audit',
      tags: ['Audit'],
      summary: 'What was done on this host, newest first',
      description:
        '`from` is included, `to` is not. `caller` is an identity, the id of a computer or account, or a role. `operation` is the name of an operation or event in the log. For the next page, repeat with `cursor` as `nextCursor` says.',
    })
    .meta({ roles: ['admin'], audit: 'audit.list', recorded: 'hourly' })
    .input(
      z
        .object({
          from: timestampSchema.optional(),
          to: timestampSchema.optional(),
          consultationId: idSchema.optional(),
          operation: idSchema.optional(),
          caller: idSchema.optional(),
          limit: z.coerce.number().int().min(1).max(500).optional(),
          cursor: z.coerce.number().int().min(1).optional(),
        })
        .optional(),
    )
    .output(z.object({ entries: z.array(auditEntrySchema), nextCursor: z.number().int().optional() })),
  verify: base
    .route({
      method: 'POST',
      path: '/api/audit/verify',
      tags: ['Audit'],
      summary: 'Whether every entry is as it was written, and in its place',
      description:
        'Names the first entry that is not. A copy can be verified without this host: see docs/audit.md.',
    })
    .meta({ roles: ['admin'], audit: 'audit.verify' })
    .output(auditVerdictSchema.extend({ publicKey: publicKeySchema })),
  export: base
    .route({
      method: 'GET',
      path: '/api/audit/export',
      tags: ['Audit'],
      summary: 'The log as a file that can be verified without this host',
      description:
        'A part of the file of JSON lines as `text`; the file is all parts one after the other. For the next part, repeat with `after` and `until` as `next` says. The format is in docs/audit.md.',
    })
    .meta({ roles: ['admin'], audit: 'audit.export' })
    .input(
      z
        .object({
          after: z.coerce.number().int().min(0).optional(),
          until: z.coerce.number().int().min(1).optional(),
        })
        .optional(),
    )
    .output(
      z.object({
        fileName: z.string(),
        publicKey: publicKeySchema,
        text: z.string(),
        /** Absent in the last part. */
        next: z.object({ after: z.number().int(), until: z.number().int() }).optional(),
      }),
    ),
};
