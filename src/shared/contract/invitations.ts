/** Operations of invitations: who may come to a consultation, by which link, and until when. */
import * as z from 'zod';
import { participantRoles, roles } from '../access/access.ts';
import { consultationOver, entrySchema } from './consultations.ts';
import { base, consultationInput, doorRoles, errors, nameSchema, timestampSchema } from './operation.ts';

/** The roles somebody can be invited in. */
export const invitedRoles = ['patient', 'observer'] as const;
export type InvitedRole = (typeof invitedRoles)[number];

/** `standing`: it lets people in; the others say why it does not any more. */
export const invitationStandings = ['standing', 'expired', 'used-up', 'revoked'] as const;
export type InvitationStanding = (typeof invitationStandings)[number];

export const invitationSchema = z.object({
  code: z.string(),
  consultationId: z.string(),
  role: z.enum(participantRoles),
  /** autamedica://join?… for the desktop client. */
  link: z.string(),
  /** The same for a browser. */
  webLink: z.string(),
  createdAt: z.string(),
  /** A patient's moves on while it is being used. */
  expiresAt: z.string(),
  /** How many people it lets in; absent for a patient's, which is one person's however often. */
  useLimit: z.number().int().optional(),
  /** How many people have come by it. */
  uses: z.number().int(),
  standing: z.enum(invitationStandings),
});
export type Invitation = z.infer<typeof invitationSchema>;

/** What a person with a link sees before saying who they are. */
export const invitationGreetingSchema = z.object({
  clinicName: z.string(),
  role: z.enum(participantRoles),
  title: z.string().optional(),
  doctorName: z.string().optional(),
  patientName: z.string().optional(),
  scheduledAt: z.string().optional(),
  closed: z.boolean(),
  /** How it ended, when nobody can come any more: `cancelled` and `missed` need a new time from the clinic. */
  over: z.enum(['closed', 'cancelled', 'missed']).optional(),
});

const codeSchema = z.string().min(1).max(64);
const refusals = ['INVITATION_NOT_FOUND', 'INVITATION_EXPIRED', 'INVITATION_REVOKED'] as const;

export const invitationsContract = {
  create: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/invitations',
      tags: ['Invitations'],
      summary: 'Invite somebody to a consultation',
    })
    .meta({ roles: doorRoles, audit: 'invitation.create', bound: 'consultationId' })
    .input(
      consultationInput.extend({
        role: z.enum(invitedRoles),
        /** How many observers it lets in; one unless said otherwise. A patient's is always one person's. */
        useLimit: z.number().int().min(1).max(50).optional(),
        /** The end of the day after the planned one unless said otherwise. */
        expiresAt: timestampSchema.optional(),
      }),
    )
    .output(invitationSchema)
    .errors(errors('CONSULTATION_NOT_FOUND', ...consultationOver)),
  list: base
    .route({
      method: 'GET',
      path: '/api/consultations/{consultationId}/invitations',
      tags: ['Invitations'],
      summary: 'Every invitation of a consultation, newest first',
    })
    .meta({ roles: doorRoles, audit: 'invitation.list', recorded: 'hourly', bound: 'consultationId' })
    .input(consultationInput)
    .output(z.array(invitationSchema))
    .errors(errors('CONSULTATION_NOT_FOUND')),
  revoke: base
    .route({
      method: 'DELETE',
      path: '/api/consultations/{consultationId}/invitations/{code}',
      tags: ['Invitations'],
      summary: 'Make an invitation useless; who came by it stays',
    })
    .meta({ roles: doorRoles, audit: 'invitation.revoke', bound: 'consultationId' })
    .input(consultationInput.extend({ code: codeSchema }))
    .output(invitationSchema)
    .errors(errors('CONSULTATION_NOT_FOUND', 'INVITATION_NOT_FOUND')),
  greet: base
    .route({
      method: 'GET',
      path: '/api/invitations/{code}',
      tags: ['Invitations'],
      summary: 'What an invitation is for, before redeeming it',
    })
    .meta({ roles, audit: 'invitation.greet' })
    .input(z.object({ code: codeSchema }))
    .output(invitationGreetingSchema)
    .errors(errors(...refusals, 'TOO_MANY_REQUESTS')),
  redeem: base
    .route({
      method: 'POST',
      path: '/api/invitations/{code}/redeem',
      tags: ['Invitations'],
      summary: 'Exchange an invitation for a participant token',
    })
    .meta({ roles, audit: 'invitation.redeem' })
    .input(
      z.object({
        code: codeSchema,
        displayName: nameSchema,
        /** The version of the terms that the person read and agreed to; needed the first time. */
        termsVersion: z.string().max(32).optional(),
        /** Made and kept secret by an observer's device: with it and the code the same person comes back, and nobody else. */
        returnKey: z
          .string()
          .regex(/^[A-Za-z0-9_-]{22,128}$/)
          .optional(),
      }),
    )
    .output(entrySchema)
    .errors(
      errors(
        ...refusals,
        'INVITATION_USED_UP',
        'TERMS_REQUIRED',
        ...consultationOver,
        'REMOVED',
        'TOO_MANY_REQUESTS',
      ),
    ),
};
