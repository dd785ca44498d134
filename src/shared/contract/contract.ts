/** Every operation of the host, once: path, input, output, errors, who may call it. Served over HTTP and message ports. */
import * as z from 'zod';
import { participantRoles, roles } from '../access/access.ts';
import { auditContract } from './audit.ts';
import { backupsContract } from './backups.ts';
import { consentsContract } from './consents.ts';
import { consultationContract } from './consultations.ts';
import { filesContract } from './files.ts';
import { invitationsContract } from './invitations.ts';
import { messagesContract } from './messages.ts';
import { networkContract } from './network.ts';
import { notesContract } from './notes.ts';
import { base, clinicRoles, doctorRoles, doorRoles, errors, idSchema } from './operation.ts';
import { recordingLibraryContract } from './recording-library.ts';
import { recordingStorageContract } from './recording-storage.ts';
import { recordingsContract } from './recordings.ts';
import { clinicContract, staffContract } from './staff.ts';
import { summaryOperation } from './summary.ts';
import { trackingContract } from './tracking.ts';
import { waitingRoomContract } from './waiting-room.ts';

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
  /** Each part that is down, with what to do; there while `degraded`. */
  checks: z.record(z.string(), z.string()).optional(),
});
export type Health = z.infer<typeof healthSchema>;

export const contract = {
  health: base
    .route({
      method: 'GET',
      path: '/health',
      tags: ['Host'],
      summary: 'Whether the host and its parts are well',
    })
    .meta({ roles, audit: 'host.health', recorded: 'never', bare: true })
    .output(healthSchema),

  consultations: { ...consultationContract, summary: summaryOperation },

  invitations: invitationsContract,
  waitingRoom: waitingRoomContract,
  consents: consentsContract,

  rooms: {
    active: base
      .route({
        method: 'GET',
        path: '/api/rooms/active',
        tags: ['Rooms'],
        summary: 'Rooms with somebody in them, of both transports',
      })
      .meta({ roles: clinicRoles, audit: 'room.list', recorded: 'hourly' })
      .output(z.array(roomSummarySchema)),
    stats: base
      .route({
        method: 'GET',
        path: '/api/rooms/{roomName}/stats',
        tags: ['Rooms'],
        summary: 'Who is in a room and how well',
      })
      .meta({ roles: doctorRoles, audit: 'room.stats', recorded: 'hourly', bound: 'roomName' })
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
      .meta({ roles: doctorRoles, audit: 'room.remove-participant', target: 'identity', bound: 'roomName' })
      .input(z.object({ roomName: z.string().min(1).max(200), identity: idSchema }))
      .output(z.object({ roomName: z.string(), identity: z.string(), removed: z.literal(true) }))
      .errors(errors('ROOM_NOT_FOUND', 'PARTICIPANT_NOT_FOUND')),
  },

  messages: messagesContract,
  notes: notesContract,
  network: networkContract,
  backups: backupsContract,
  tracking: trackingContract,
  recordings: { ...recordingsContract, ...recordingStorageContract },
  audit: auditContract,

  files: filesContract,
  recordingLibrary: recordingLibraryContract,

  livekit: {
    status: base
      .route({
        method: 'GET',
        path: '/api/livekit',
        tags: ['Host'],
        summary: 'Whether calls through the video server are possible',
      })
      .meta({ roles: doorRoles, audit: 'livekit.status', recorded: 'never', bound: 'nothing' })
      .output(livekitStatusSchema),
  },

  staff: staffContract,
  clinic: clinicContract,
};

export type Contract = typeof contract;
