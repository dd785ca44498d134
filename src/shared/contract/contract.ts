/** Every operation of the host, once: path, input, output, errors, who may call it. Served over HTTP and message ports. */
import * as z from 'zod';
import { participantRoles, roles } from '../access/access.ts';
import { backupsContract } from './backups.ts';
import { consultationContract, consultationOver, entrySchema } from './consultations.ts';
import { messagesContract } from './messages.ts';
import { networkContract } from './network.ts';
import {
  base,
  clinicRoles,
  consultationInput,
  doctorRoles,
  doorRoles,
  errors,
  idSchema,
  nameSchema,
} from './operation.ts';
import { clinicContract, staffContract } from './staff.ts';

export type { AgendaPage, Consultation, Entry, TransportChoice } from './consultations.ts';

export const roomSummarySchema = z.object({
  name: z.string(),
  sid: z.string(),
  transport: z.enum(['p2p', 'sfu']),
  numParticipants: z.number().int(),
  /** Seconds since the epoch, as LiveKit counts. */
  creationTime: z.number().int(),
  recording: z.boolean(),
});

export const roomStatsSchema = z.object({
  name: z.string(),
  sid: z.string(),
  transport: z.enum(['p2p', 'sfu']),
  numParticipants: z.number().int(),
  participants: z.array(
    z.object({
      identity: z.string(),
      role: z.enum(participantRoles),
      state: z.enum(['waiting', 'admitted', 'disconnected']),
      joinedAt: z.string(),
      /** Sources being sent, by LiveKit's names. */
      tracks: z.array(z.string()),
      quality: z
        .object({
          level: z.number(),
          receivedKbps: z.number().optional(),
          roundTripMs: z.number().optional(),
          loss: z.number().optional(),
        })
        .nullable(),
    }),
  ),
  recording: z.boolean(),
});

export const waitingPatientSchema = z.object({
  consultationId: z.string(),
  identity: z.string(),
  role: z.enum(participantRoles),
  displayName: z.string(),
  /** ISO 8601. */
  since: z.string(),
  connected: z.boolean(),
  readiness: z
    .object({
      camera: z.string(),
      microphone: z.string(),
      speaker: z.string(),
      roundTripMs: z.number().optional(),
    })
    .optional(),
});
export type WaitingPatient = z.infer<typeof waitingPatientSchema>;

export const invitationSchema = z.object({
  code: z.string(),
  consultationId: z.string(),
  role: z.enum(participantRoles),
  /** autamedica://join?… for the desktop client. */
  link: z.string(),
  /** The same for a browser. */
  webLink: z.string(),
  createdAt: z.string(),
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

export const livekitStatusSchema = z.object({
  state: z.enum(['absent', 'bringing', 'starting', 'ready', 'failed']),
  /** `embedded`: supervised by this host; `external`: LIVEKIT_API_URL. */
  kind: z.enum(['embedded', 'external']),
  /** Share of the download or build done, 0 to 1, while bringing. */
  progress: z.number().min(0).max(1).optional(),
  /** What is happening or missing, and what to do, in English. */
  detail: z.string().optional(),
  version: z.string().optional(),
});
export type LiveKitStatus = z.infer<typeof livekitStatusSchema>;

export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  timestamp: z.string(),
  /** Seconds. */
  uptime: z.number(),
  activeRooms: z.number().int(),
  activeConnections: z.number().int(),
  checks: z.record(z.string(), z.string()).optional(),
});

export const contract = {
  health: base
    .route({
      method: 'GET',
      path: '/health',
      tags: ['Host'],
      summary: 'Whether the host and its parts are well',
    })
    .meta({ roles, audit: 'host.health', bare: true })
    .output(healthSchema),

  consultations: consultationContract,

  invitations: {
    create: base
      .route({
        method: 'POST',
        path: '/api/consultations/{consultationId}/invitations',
        tags: ['Invitations'],
        summary: 'Invite somebody to a consultation',
      })
      .meta({ roles: doorRoles, audit: 'invitation.create', bound: 'consultationId' })
      .input(consultationInput.extend({ role: z.enum(['patient', 'observer']) }))
      .output(invitationSchema)
      .errors(errors('CONSULTATION_NOT_FOUND', ...consultationOver)),
    greet: base
      .route({
        method: 'GET',
        path: '/api/invitations/{code}',
        tags: ['Invitations'],
        summary: 'What an invitation is for, before redeeming it',
      })
      .meta({ roles, audit: 'invitation.greet' })
      .input(z.object({ code: z.string().min(1).max(64) }))
      .output(invitationGreetingSchema)
      .errors(errors('INVITATION_NOT_FOUND', 'TOO_MANY_REQUESTS')),
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
          code: z.string().min(1).max(64),
          displayName: nameSchema,
          /** An observer's identity from an earlier redemption, to come back as the same person. */
          token: z.string().max(4_096).optional(),
        }),
      )
      .output(entrySchema)
      .errors(errors('INVITATION_NOT_FOUND', ...consultationOver, 'REMOVED', 'TOO_MANY_REQUESTS')),
  },

  waitingRoom: {
    list: base
      .route({
        method: 'GET',
        path: '/api/waiting-room',
        tags: ['Waiting room'],
        summary: 'Who waits, longest first',
      })
      .meta({ roles: clinicRoles, audit: 'waiting-room.list' })
      .output(z.array(waitingPatientSchema)),
    admit: base
      .route({
        method: 'POST',
        path: '/api/consultations/{consultationId}/participants/{identity}/admit',
        tags: ['Waiting room'],
        summary: 'Let a waiting participant into the call',
      })
      .meta({ roles: doctorRoles, audit: 'waiting-room.admit', bound: 'consultationId' })
      .input(consultationInput.extend({ identity: idSchema }))
      .output(z.object({ identity: z.string(), admittedAt: z.string() }))
      .errors(errors('CONSULTATION_NOT_FOUND', 'PARTICIPANT_NOT_FOUND', ...consultationOver, 'ROOM_FULL')),
    refuse: base
      .route({
        method: 'POST',
        path: '/api/consultations/{consultationId}/participants/{identity}/refuse',
        tags: ['Waiting room'],
        summary: 'Send a waiting participant away',
      })
      .meta({ roles: doorRoles, audit: 'waiting-room.refuse', bound: 'consultationId' })
      .input(consultationInput.extend({ identity: idSchema }))
      .output(z.object({ identity: z.string() }))
      .errors(errors('CONSULTATION_NOT_FOUND', 'PARTICIPANT_NOT_FOUND')),
  },

  rooms: {
    active: base
      .route({
        method: 'GET',
        path: '/api/rooms/active',
        tags: ['Rooms'],
        summary: 'Rooms with somebody in them, of both transports',
      })
      .meta({ roles: clinicRoles, audit: 'room.list' })
      .output(z.array(roomSummarySchema)),
    stats: base
      .route({
        method: 'GET',
        path: '/api/rooms/{roomName}/stats',
        tags: ['Rooms'],
        summary: 'Who is in a room and how well',
      })
      .meta({ roles: doctorRoles, audit: 'room.stats', bound: 'roomName' })
      .input(z.object({ roomName: z.string().min(1).max(200) }))
      .output(roomStatsSchema)
      .errors(errors('ROOM_NOT_FOUND')),
    removeParticipant: base
      .route({
        method: 'DELETE',
        path: '/api/rooms/{roomName}/participants/{identity}',
        tags: ['Rooms'],
        summary: 'Remove a participant for good: its token is refused from now on',
      })
      .meta({ roles: doctorRoles, audit: 'room.remove-participant', bound: 'roomName' })
      .input(z.object({ roomName: z.string().min(1).max(200), identity: idSchema }))
      .output(z.object({ roomName: z.string(), identity: z.string(), removed: z.literal(true) }))
      .errors(errors('ROOM_NOT_FOUND', 'PARTICIPANT_NOT_FOUND')),
  },

  messages: messagesContract,
  network: networkContract,
  backups: backupsContract,

  livekit: {
    status: base
      .route({
        method: 'GET',
        path: '/api/livekit',
        tags: ['Host'],
        summary: 'Whether calls through the video server are possible',
      })
      .meta({ roles: doorRoles, audit: 'livekit.status', bound: 'nothing' })
      .output(livekitStatusSchema),
  },

  staff: staffContract,
  clinic: clinicContract,
};

export type Contract = typeof contract;
