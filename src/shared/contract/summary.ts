/** What a consultation came to: how long, with whom, how well, and what was kept of it. Also the page that the history opens. */
import * as z from 'zod';
import { participantRoles } from '../access/access.ts';
import { consultationSchema } from './consultations.ts';
import { base, consultationInput, doctorRoles, errors } from './operation.ts';

/** How somebody's stay ended; absent while they are there, and where the host was stopped under them. */
const departures = ['left', 'removed', 'refused', 'consent-withdrawn', 'closed', 'cancelled'] as const;
export type Departure = (typeof departures)[number];

const attendanceSchema = z.object({
  identity: z.string(),
  role: z.enum(participantRoles),
  displayName: z.string(),
  /** ISO 8601, as all of these. */
  firstJoinedAt: z.string(),
  /** Absent for somebody who was never let in. */
  admittedAt: z.string().optional(),
  /** Absent while they are there. */
  lastLeftAt: z.string().optional(),
  leftAs: z.enum(departures).optional(),
  waitedMs: z.number().int(),
  inCallMs: z.number().int(),
  /** Times they came, after the first one by the same link. */
  stays: z.number().int(),
  /** What their connection was at least half of the time, 0 to 4; and the share of the time when it was poor or lost, 0 to 1. */
  quality: z.object({ typical: z.number().int(), poorShare: z.number() }).optional(),
});

export const summarySchema = z.object({
  consultation: consultationSchema,
  /** Time that patient and doctor were in the call together. */
  togetherMs: z.number().int(),
  /** In the order they came. */
  people: z.array(attendanceSchema),
  messages: z.number().int(),
  files: z.number().int(),
  notes: z.object({ version: z.number().int(), savedAt: z.string(), length: z.number().int() }).optional(),
  /** When the clinic's data was last backed up on the host. */
  lastBackupAt: z.string().optional(),
});
export type Summary = z.infer<typeof summarySchema>;

export const summaryOperation = base
  .route({
    method: 'GET',
    path: '/api/consultations/{consultationId}/summary',
    tags: ['Consultations'],
    summary: 'How long a consultation took, with whom, how well, and what was kept of it',
    description:
      'Computed from what was stored while it happened. The texts themselves are under messages, files and notes.',
  })
  .meta({ roles: doctorRoles, audit: 'consultation.summary', bound: 'consultationId' })
  .input(consultationInput)
  .output(summarySchema)
  .errors(errors('CONSULTATION_NOT_FOUND'));
