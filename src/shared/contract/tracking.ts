/** Tracking in the clinic's Supabase: how the sending goes, and sending again what was refused. */
import * as z from 'zod';
import { base } from './operation.ts';

/** unreachable: no answer; key: it is not allowed to write; schema: the migration is missing; unwell: any other failure. */
export const trackingProblems = ['unreachable', 'key', 'schema', 'unwell'] as const;

export const trackingProblemSchema = z.object({
  kind: z.enum(trackingProblems),
  /** In Supabase's own words. */
  detail: z.string(),
  since: z.string(),
  nextTryAt: z.string(),
});
export type TrackingProblem = z.infer<typeof trackingProblemSchema>;

export const refusedEventSchema = z.object({
  id: z.string(),
  consultationId: z.string(),
  kind: z.string(),
  at: z.string(),
  refusedAt: z.string(),
  /** In Supabase's own words. */
  because: z.string(),
});
export type RefusedEvent = z.infer<typeof refusedEventSchema>;

export const trackingStatusSchema = z.object({
  /** The project's address; absent while none is set up. */
  project: z.string().optional(),
  /** Events still to be sent. */
  pending: z.number().int(),
  /** Events that Supabase refuses, set aside until somebody has them sent again. */
  refused: z.number().int(),
  /** The first of them. */
  refusedEvents: z.array(refusedEventSchema),
  lastSentAt: z.string().optional(),
  /** Why nothing can be sent now. */
  problem: trackingProblemSchema.optional(),
});
export type TrackingStatus = z.infer<typeof trackingStatusSchema>;

export const trackingContract = {
  status: base
    .route({
      method: 'GET',
      path: '/api/tracking',
      tags: ['Host'],
      summary: "What the clinic's Supabase was told, and what it has still to be told",
    })
    .meta({ roles: ['admin'], audit: 'tracking.status', recorded: 'hourly' })
    .output(trackingStatusSchema),
  retry: base
    .route({
      method: 'POST',
      path: '/api/tracking/retry',
      tags: ['Host'],
      summary: 'Send again what Supabase refused, and do not wait for the next try',
    })
    .meta({ roles: ['admin'], audit: 'tracking.retry' })
    .output(trackingStatusSchema),
};
