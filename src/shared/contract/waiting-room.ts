/** Operations of the waiting room: who is at the door, and what they are told. */
import * as z from 'zod';
import { participantRoles, staffRoles } from '../access/access.ts';
import { consentAnswers } from '../consent/consent.ts';
import { longestWord } from '../signaling/messages.ts';
import { consultationOver } from './consultations.ts';
import {
  base,
  consultationInput,
  doctorRoles,
  doorRoles,
  errors,
  idSchema,
  lineSchema,
} from './operation.ts';

const wordSchema = lineSchema(longestWord);

export const waitingPatientSchema = z.object({
  consultationId: z.string(),
  identity: z.string(),
  role: z.enum(participantRoles),
  displayName: z.string(),
  doctorName: z.string().optional(),
  scheduledAt: z.string().optional(),
  /** Since when they wait, ISO 8601: who was away for less than ten minutes has kept their place. */
  since: z.string(),
  /** When they came this time, ISO 8601. */
  joinedAt: z.string(),
  connected: z.boolean(),
  readiness: z
    .object({
      camera: z.string(),
      microphone: z.string(),
      speaker: z.string(),
      roundTripMs: z.number().optional(),
      downKbps: z.number().optional(),
      upKbps: z.number().optional(),
    })
    .optional(),
  transport: z.enum(['p2p', 'sfu']),
  /** Of an observer: what the patient says of them. Without `agreed` they cannot be admitted. */
  consent: z.enum(consentAnswers).optional(),
  /** What was last told to who waits here. */
  message: z.string().optional(),
});
export type WaitingPatient = z.infer<typeof waitingPatientSchema>;

export const waitingRoomContract = {
  list: base
    .route({
      method: 'GET',
      path: '/api/waiting-room',
      tags: ['Waiting room'],
      summary: 'Who waits, longest first',
    })
    .meta({ roles: staffRoles, audit: 'waiting-room.list', recorded: 'hourly' })
    .output(z.array(waitingPatientSchema)),
  admit: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/participants/{identity}/admit',
      tags: ['Waiting room'],
      summary:
        'Let a waiting participant into the call; an observer only once the patient has agreed to them',
    })
    .meta({ roles: doctorRoles, audit: 'waiting-room.admit', target: 'identity', bound: 'consultationId' })
    .input(consultationInput.extend({ identity: idSchema }))
    .output(z.object({ identity: z.string(), admittedAt: z.string() }))
    .errors(
      errors(
        'CONSULTATION_NOT_FOUND',
        'PARTICIPANT_NOT_FOUND',
        ...consultationOver,
        'ROOM_FULL',
        'CONSENT_MISSING',
      ),
    ),
  refuse: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/participants/{identity}/refuse',
      tags: ['Waiting room'],
      summary: 'Send a waiting participant away, with a reason they read',
    })
    .meta({ roles: doorRoles, audit: 'waiting-room.refuse', target: 'identity', bound: 'consultationId' })
    .input(consultationInput.extend({ identity: idSchema, reason: wordSchema.optional() }))
    .output(z.object({ identity: z.string() }))
    .errors(errors('CONSULTATION_NOT_FOUND', 'PARTICIPANT_NOT_FOUND')),
  tell: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/waiting-message',
      tags: ['Waiting room'],
      summary: 'Tell who waits something; without a message the last one is taken back',
    })
    .meta({ roles: doorRoles, audit: 'waiting-room.tell', bound: 'consultationId' })
    .input(consultationInput.extend({ message: wordSchema.optional() }))
    .output(z.object({ message: z.string().optional(), at: z.string() }))
    .errors(errors('CONSULTATION_NOT_FOUND', ...consultationOver)),
};
