/** Consultations in the contract: planned, found, changed, entered and ended. */
import * as z from 'zod';
import { participantRoles } from '../access/access.ts';
import { consultationStates } from '../consultation/consultation.ts';
import {
  base,
  clinicRoles,
  consultationInput,
  doctorRoles,
  doorRoles,
  errors,
  idSchema,
  lineSchema,
  nameSchema,
  timestampSchema,
} from './operation.ts';

/** Why nobody can come to a consultation any more. */
export const consultationOver = [
  'CONSULTATION_CLOSED',
  'CONSULTATION_CANCELLED',
  'CONSULTATION_MISSED',
] as const;

export const transportChoiceSchema = z.enum(['auto', 'p2p', 'sfu']);
export type TransportChoice = z.infer<typeof transportChoiceSchema>;

const durationSchema = z.number().int().min(5).max(480);
const versionSchema = z.number().int().min(1);

export const consultationSchema = z.object({
  consultationId: idSchema,
  roomName: z.string(),
  patientId: z.string(),
  doctorId: z.string(),
  title: z.string().optional(),
  patientName: z.string().optional(),
  doctorName: z.string().optional(),
  /** UTC; absent for one that was made to begin at once. */
  scheduledAt: z.string().optional(),
  durationMinutes: z.number().optional(),
  state: z.enum(consultationStates),
  /** What was asked for; the transport in use is in the room's statistics. */
  transport: transportChoiceSchema,
  createdAt: z.string(),
  /** When the patient was first admitted. */
  startedAt: z.string().optional(),
  /** When it was closed, cancelled or missed. */
  closedAt: z.string().optional(),
  cancelReason: z.string().optional(),
  /** Counts the changes of its plan; a change that names it fails when somebody else was quicker. */
  version: z.number(),
  /** The patient's current invitation. */
  invitation: z.object({ code: z.string(), link: z.string(), webLink: z.string() }).optional(),
});
export type Consultation = z.infer<typeof consultationSchema>;

const createdConsultationSchema = z.object({
  consultationId: z.string(),
  roomName: z.string(),
  roomSid: z.string(),
  patientId: z.string(),
  doctorId: z.string(),
  /** Both tokens are left out for reception, which enters no consultation. */
  patientToken: z.string().optional(),
  doctorToken: z.string().optional(),
  livekitUrl: z.string(),
  createdAt: z.string(),
  invitationUrl: z.string(),
  signalingUrl: z.string(),
  transport: transportChoiceSchema,
});

/** A right to join one consultation, and where. */
export const entrySchema = z.object({
  consultationId: z.string(),
  roomName: z.string(),
  identity: z.string(),
  role: z.enum(participantRoles),
  displayName: z.string(),
  token: z.string(),
  tokenExpiresAt: z.string(),
  signalingUrl: z.string(),
});
export type Entry = z.infer<typeof entrySchema>;

const agendaPageSchema = z.object({
  consultations: z.array(consultationSchema),
  /** Where the next page begins; absent on the last one. */
  nextCursor: z.string().optional(),
});
export type AgendaPage = z.infer<typeof agendaPageSchema>;

const stateSchema = z.enum(consultationStates);
/** Addresses carry text: numbers are read from it, and a single value of a list comes alone. */
const limitSchema = z.coerce.number().int().min(1).max(500);

export const consultationContract = {
  create: base
    .route({
      method: 'POST',
      path: '/api/consultations/create',
      tags: ['Consultations'],
      summary: 'Create a consultation, its room and the tokens of both people',
      description:
        'Repeating it with the same people answers the same room and fresh tokens; one that was missed is opened again, for `scheduledAt` or for now.',
    })
    .meta({ roles: clinicRoles, audit: 'consultation.create' })
    .input(
      z.object({
        consultationId: idSchema,
        patientId: idSchema,
        doctorId: idSchema,
        title: nameSchema.optional(),
        patientName: nameSchema.optional(),
        doctorName: nameSchema.optional(),
        scheduledAt: timestampSchema.optional(),
        durationMinutes: durationSchema.optional(),
        transport: transportChoiceSchema.optional(),
        /** False lets the patient in without being admitted, for systems with a waiting room of their own. */
        waitingRoom: z.boolean().optional(),
      }),
    )
    .output(createdConsultationSchema)
    .errors(errors('CONSULTATION_CONFLICT', 'CONSULTATION_CLOSED', 'CONSULTATION_CANCELLED')),
  list: base
    .route({
      method: 'GET',
      path: '/api/consultations',
      tags: ['Consultations'],
      summary: 'List consultations, newest first',
      description:
        'At most `limit` (500). For the next page, repeat with `after`, the consultationId of the last one received; a page shorter than `limit` is the last.',
    })
    .meta({ roles: clinicRoles, audit: 'consultation.list', recorded: 'hourly' })
    .input(z.object({ limit: limitSchema.optional(), after: idSchema.optional() }).optional())
    .output(z.array(consultationSchema))
    .errors(errors('CONSULTATION_NOT_FOUND')),
  find: base
    .route({
      method: 'GET',
      path: '/api/agenda',
      tags: ['Consultations'],
      summary: 'Find consultations by time, words, state and patient',
      description:
        'Ordered by their time, or by creation where none was planned. `from` is included, `to` is not. Each word of `search` must occur in the names of patient and doctor or in the title; case and accents do not matter. `state` may be given more than once.',
    })
    .meta({ roles: clinicRoles, audit: 'consultation.find', recorded: 'hourly' })
    .input(
      z
        .object({
          from: timestampSchema.optional(),
          to: timestampSchema.optional(),
          search: z.string().max(200).optional(),
          state: z.union([stateSchema, z.array(stateSchema).max(consultationStates.length)]).optional(),
          patientId: idSchema.optional(),
          order: z.enum(['earliest', 'latest']).optional(),
          limit: limitSchema.optional(),
          cursor: z.string().max(400).optional(),
        })
        .optional(),
    )
    .output(agendaPageSchema),
  changes: base
    .route({
      method: 'GET',
      path: '/api/agenda/changes',
      tags: ['Consultations'],
      summary: 'Wait until consultations or the waiting room are not as they were',
      description:
        'Answers a number at once, or, asked with the number `known`, when it is another: after a change, or unchanged after 25 seconds.',
    })
    .meta({ roles: clinicRoles, audit: 'consultation.changes', recorded: 'never' })
    .input(z.object({ known: z.coerce.number().int().min(0).optional() }).optional())
    .output(z.object({ number: z.number().int() })),
  get: base
    .route({
      method: 'GET',
      path: '/api/consultations/{consultationId}',
      tags: ['Consultations'],
      summary: 'Get one consultation',
    })
    .meta({ roles: doorRoles, audit: 'consultation.get', recorded: 'hourly', bound: 'consultationId' })
    .input(consultationInput)
    .output(consultationSchema)
    .errors(errors('CONSULTATION_NOT_FOUND')),
  update: base
    .route({
      method: 'PATCH',
      path: '/api/consultations/{consultationId}',
      tags: ['Consultations'],
      summary: 'Correct the names, the title, the length or the transport of an open consultation',
      description:
        'What is not named stays; null takes away. With `version`, it fails if somebody else changed it since.',
    })
    .meta({ roles: clinicRoles, audit: 'consultation.update' })
    .input(
      consultationInput.extend({
        version: versionSchema.optional(),
        title: nameSchema.nullable().optional(),
        patientName: nameSchema.nullable().optional(),
        doctorName: nameSchema.nullable().optional(),
        durationMinutes: durationSchema.nullable().optional(),
        transport: transportChoiceSchema.optional(),
      }),
    )
    .output(consultationSchema)
    .errors(
      errors(
        'CONSULTATION_NOT_FOUND',
        ...consultationOver,
        'CONSULTATION_CHANGED',
        'LIVEKIT_UNAVAILABLE',
        'ROOM_FULL',
      ),
    ),
  reschedule: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/reschedule',
      tags: ['Consultations'],
      summary: 'Give a consultation another time; one that was missed opens again',
    })
    .meta({ roles: clinicRoles, audit: 'consultation.reschedule' })
    .input(
      consultationInput.extend({
        version: versionSchema.optional(),
        scheduledAt: timestampSchema,
        durationMinutes: durationSchema.optional(),
      }),
    )
    .output(consultationSchema)
    .errors(
      errors(
        'CONSULTATION_NOT_FOUND',
        'CONSULTATION_CLOSED',
        'CONSULTATION_CANCELLED',
        'CONSULTATION_LIVE',
        'CONSULTATION_CHANGED',
      ),
    ),
  cancel: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/cancel',
      tags: ['Consultations'],
      summary: 'Say that a consultation will not take place; who waits for it is told',
    })
    .meta({ roles: clinicRoles, audit: 'consultation.cancel' })
    .input(
      consultationInput.extend({
        version: versionSchema.optional(),
        /** For the clinic; patients do not see it. */
        reason: lineSchema(300).optional(),
      }),
    )
    .output(consultationSchema)
    .errors(
      errors('CONSULTATION_NOT_FOUND', 'CONSULTATION_CLOSED', 'CONSULTATION_LIVE', 'CONSULTATION_CHANGED'),
    ),
  enter: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/enter',
      tags: ['Consultations'],
      summary: "Get the doctor's entry to a consultation",
    })
    .meta({ roles: ['admin', 'clinician'], audit: 'consultation.enter' })
    .input(consultationInput)
    .output(entrySchema)
    .errors(errors('CONSULTATION_NOT_FOUND', ...consultationOver)),
  setTransport: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/transport',
      tags: ['Consultations'],
      summary: 'Choose how media travels; a running call moves',
    })
    .meta({
      roles: doctorRoles,
      audit: 'consultation.transport',
      target: 'transport',
      bound: 'consultationId',
    })
    .input(consultationInput.extend({ transport: transportChoiceSchema }))
    .output(z.object({ transport: transportChoiceSchema, active: z.enum(['p2p', 'sfu']) }))
    .errors(errors('CONSULTATION_NOT_FOUND', ...consultationOver, 'LIVEKIT_UNAVAILABLE', 'ROOM_FULL')),
  close: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/close',
      tags: ['Consultations'],
      summary: 'End a consultation for everybody',
    })
    .meta({ roles: doctorRoles, audit: 'consultation.close', bound: 'consultationId' })
    .input(consultationInput)
    .output(consultationSchema)
    .errors(errors('CONSULTATION_NOT_FOUND', 'CONSULTATION_CANCELLED', 'CONSULTATION_MISSED')),
};
