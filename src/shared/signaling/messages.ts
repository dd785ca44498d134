/**
 * Every message between a participant and the host over Socket.io, in both directions.
 * `docs/protocol.md` explains the same in prose. Schemas use zod/mini because participants' pages load this file.
 */
import * as z from 'zod/mini';
import { participantRoles } from '../access/access.ts';
import { consentAnswers } from '../consent/consent.ts';
import { recordingVerdicts } from '../consent/recording.ts';
import type { CatalogueErrorBody } from '../contract/errors.ts';
import {
  chatRequestSchemas,
  type Marks,
  type Message,
  type messageAnswerSchema,
  type messagesAnswerSchema,
} from './chat.ts';
import {
  type RecordingRequestAnswers,
  recorderOrdersSchema,
  recordingRequestSchemas,
  recordingTroubleSchema,
  runningRecordingSchema,
} from './recording.ts';

/** Largest session description accepted, in characters. A mesh of four with simulcast stays under 30,000. */
export const maxDescriptionLength = 100_000;
/** Largest ICE candidate line accepted, in characters. */
export const maxCandidateLength = 2_048;

/** Longest message to who waits, and longest reason of a refusal, in characters. */
export const longestWord = 200;

/** Most bytes one `probe` carries, either way. */
export const largestProbe = 16_384;

const identitySchema = z.string().check(z.minLength(1), z.maxLength(128));

export const transportSchema = z.enum(['p2p', 'sfu']);
export type TransportKind = z.infer<typeof transportSchema>;

/** What a participant is sending now, as it tells the others. */
export const mediaStateSchema = z.object({
  microphone: z.boolean(),
  camera: z.boolean(),
  screen: z.boolean(),
});
export type MediaState = z.infer<typeof mediaStateSchema>;

/** Result of one check on the patient's side of the waiting room. */
export const checkSchema = z.enum(['unknown', 'ok', 'off', 'blocked', 'missing', 'busy']);
export type Check = z.infer<typeof checkSchema>;

/** What the readiness card of a waiting participant shows. */
export const readinessSchema = z.object({
  camera: checkSchema,
  microphone: checkSchema,
  speaker: checkSchema,
  /** Round trip to the host over signaling, in ms. */
  roundTripMs: z.optional(z.number().check(z.nonnegative(), z.maximum(600_000))),
  /** Measured against the host with `probe`, in kbit/s. */
  downKbps: z.optional(z.number().check(z.nonnegative(), z.maximum(10_000_000))),
  upKbps: z.optional(z.number().check(z.nonnegative(), z.maximum(10_000_000))),
});
export type Readiness = z.infer<typeof readinessSchema>;

/** Quality of a participant's own connection: 0 lost, 1 poor, 2 fair, 3 good, 4 excellent. */
export const qualitySchema = z.object({
  level: z.int().check(z.minimum(0), z.maximum(4)),
  /** Bits per second received, in kbit/s. */
  receivedKbps: z.optional(z.number().check(z.nonnegative(), z.maximum(10_000_000))),
  /** Round-trip time of media, in ms. */
  roundTripMs: z.optional(z.number().check(z.nonnegative(), z.maximum(600_000))),
  /** Share of packets lost, 0 to 1. */
  loss: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
});
export type Quality = z.infer<typeof qualitySchema>;

export const participantSchema = z.object({
  identity: identitySchema,
  role: z.enum(participantRoles),
  displayName: z.string(),
  /** `waiting`: in the waiting room; `admitted`: in the call. */
  state: z.enum(['waiting', 'admitted']),
  /** False while its signaling connection is lost; its media may well go on. */
  connected: z.boolean(),
  media: mediaStateSchema,
  readiness: z.optional(readinessSchema),
  quality: z.optional(qualitySchema),
  /** When they came this time, ISO 8601. */
  joinedAt: z.string(),
  /** Of who waits: since when, ISO 8601; who was away for less than ten minutes has kept their place. */
  waitingSince: z.optional(z.string()),
});
export type Participant = z.infer<typeof participantSchema>;

/** A session description, RFC 8829 (JSEP); a `rollback` asks the other side for an offer, see docs/protocol.md. */
const descriptionSchema = z.object({
  type: z.enum(['offer', 'answer', 'pranswer', 'rollback']),
  sdp: z.string().check(z.maxLength(maxDescriptionLength)),
  /** Names an offer; its answer repeats it, so that the answer to an offer sent twice is not taken for the next one's. */
  id: z.optional(z.string().check(z.maxLength(64))),
});

/** RTCIceCandidateInit of the W3C WebRTC specification; an empty candidate is end-of-candidates. */
const candidateSchema = z.object({
  candidate: z.string().check(z.maxLength(maxCandidateLength)),
  sdpMid: z.optional(z.nullable(z.string().check(z.maxLength(64)))),
  sdpMLineIndex: z.optional(z.nullable(z.int().check(z.minimum(0), z.maximum(64)))),
  usernameFragment: z.optional(z.nullable(z.string().check(z.maxLength(256)))),
});

/** What travels between two peers; exactly one of description and candidate. One object and a check, because a union is tried branch by branch and this is parsed most. */
export const peerSignalSchema = z
  .strictObject({
    connection: z.string().check(z.minLength(1), z.maxLength(64)),
    description: z.optional(descriptionSchema),
    candidate: z.optional(candidateSchema),
  })
  .check(
    z.refine((signal) => (signal.description === undefined) !== (signal.candidate === undefined), {
      error: 'Send either a description or a candidate.',
    }),
  );
/** `connection` names one RTCPeerConnection attempt; a signal for another one than the current is dropped by the receiver. */
export type PeerSignal = z.infer<typeof peerSignalSchema>;

export const iceServerSchema = z.object({
  urls: z.array(z.string()),
  username: z.optional(z.string()),
  credential: z.optional(z.string()),
});
export type IceServer = z.infer<typeof iceServerSchema>;

/** Who is asked for what, as one participant may see it. */
export const consentStateSchema = z.object({
  /** Every observer who is there or at the door, and what the patient says of them; told to the patient and to doctors. */
  observers: z.array(
    z.object({
      identity: identitySchema,
      displayName: z.string(),
      state: z.enum(['waiting', 'admitted']),
      answer: z.enum(consentAnswers),
    }),
  ),
  /** Since recording was first asked for; told to everybody in the call. */
  recording: z.optional(
    z.object({
      verdict: z.enum(recordingVerdicts),
      answers: z.array(z.object({ identity: identitySchema, answer: z.enum(consentAnswers) })),
    }),
  ),
});
export type ConsentState = z.infer<typeof consentStateSchema>;

/** What the clinic tells who waits. */
export const waitingMessageSchema = z.object({
  text: z.string(),
  /** ISO 8601. */
  at: z.string(),
});
export type WaitingMessage = z.infer<typeof waitingMessageSchema>;

/** What participants are told of the plan. */
export const planSchema = z.object({
  title: z.optional(z.string()),
  doctorName: z.optional(z.string()),
  /** ISO 8601. */
  scheduledAt: z.optional(z.string()),
});
export type Plan = z.infer<typeof planSchema>;

/** The state of the consultation as one participant may see it. */
export const roomStateSchema = z.object({
  consultationId: z.string(),
  roomName: z.string(),
  ...planSchema.shape,
  self: participantSchema,
  /** Everybody else this participant may see: while waiting, only a doctor whose window is open. */
  participants: z.array(participantSchema),
  transport: transportSchema,
  /** Whether the consultation can move to the SFU now. */
  sfuAvailable: z.boolean(),
  /** Where livekit-client connects, with the participant's own token, whenever `sfuAvailable`. It stays the same for as long as the socket lives. */
  livekitUrl: z.optional(z.string()),
  iceServers: z.array(iceServerSchema),
  consents: consentStateSchema,
  /** For who waits and for doctors. */
  waitingMessage: z.optional(waitingMessageSchema),
  /** For everybody in the call, while a recording is being made. */
  recording: z.optional(runningRecordingSchema),
  /** For the window that records, or that has not yet sent all of what it recorded. */
  recorderOrders: z.optional(recorderOrdersSchema),
  /** Number of the last event this state includes; pass it as `since` when joining again. */
  lastEventId: z.int(),
  /** When the token presented at the handshake expires, ISO 8601. */
  tokenExpiresAt: z.string(),
});
export type RoomState = z.infer<typeof roomStateSchema>;

/** What happened in the room, in order. Each participant has its own numbering, without holes. */
export const roomEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('participant-joined'), participant: participantSchema }),
  z.object({ type: z.literal('participant-updated'), participant: participantSchema }),
  z.object({
    type: z.literal('participant-left'),
    identity: identitySchema,
    reason: z.enum(['left', 'removed', 'refused', 'consent-withdrawn']),
  }),
  /** You were admitted: media may start. Carries everybody you may now see. */
  z.object({
    type: z.literal('admitted'),
    self: participantSchema,
    participants: z.array(participantSchema),
  }),
  z.object({ type: z.literal('transport-changed'), transport: transportSchema }),
  z.object({ type: z.literal('sfu-availability'), sfuAvailable: z.boolean() }),
  /** Replaces what was known of consents. */
  z.object({ type: z.literal('consents-changed'), consents: consentStateSchema }),
  /** Replaces what who waits was told; without a message it was taken back. */
  z.object({ type: z.literal('waiting-message'), message: z.optional(waitingMessageSchema) }),
  /** Replaces what was known of the plan: another time, or a name that was corrected. */
  z.object({ type: z.literal('plan-changed'), plan: planSchema }),
  /** Replaces what was known of the recording; without one none is being made. Told to everybody in the call. */
  z.object({ type: z.literal('recording-changed'), recording: z.optional(runningRecordingSchema) }),
  /** Told to doctors; what is recorded now follows as `recording-changed`. */
  z.object({ type: z.literal('recording-trouble'), trouble: recordingTroubleSchema }),
  /** Replaces the orders of the window that records; without them it records nothing. */
  z.object({ type: z.literal('recorder-orders'), orders: z.optional(recorderOrdersSchema) }),
  /** Final for this connection: the socket is closed after it. Its id may repeat the last one. */
  z.object({
    type: z.literal('ended'),
    reason: z.enum(['closed', 'cancelled', 'removed', 'refused', 'replaced', 'consent-withdrawn']),
    /** Why, in the words of whoever refused. */
    note: z.optional(z.string()),
  }),
]);
export type RoomEvent = z.infer<typeof roomEventSchema>;

export const numberedEventSchema = z.object({ id: z.int(), event: roomEventSchema });
export type NumberedEvent = z.infer<typeof numberedEventSchema>;

/** A signal as it reaches the receiver; `from` is stamped by the host. */
export const receivedSignalSchema = z.object({ from: identitySchema, signal: peerSignalSchema });
export type ReceivedSignal = z.infer<typeof receivedSignalSchema>;

/** A fresh token for the same participant, sent before the old one expires. */
export const renewedTokenSchema = z.object({ token: z.string(), expiresAt: z.string() });
export type RenewedToken = z.infer<typeof renewedTokenSchema>;

/** Requests a participant can make, by Socket.io event name. All are acknowledged with an `Acknowledgement`. */
export const requestSchemas = {
  join: z.object({
    /** Last event seen before the connection was lost; missed events are then in the answer. */
    since: z.optional(z.int().check(z.nonnegative())),
    media: z.optional(mediaStateSchema),
  }),
  leave: z.object({}),
  signal: z.object({ to: identitySchema, signal: peerSignalSchema }),
  media: mediaStateSchema,
  readiness: readinessSchema,
  quality: qualitySchema,
  renew: z.object({}),
  /** Answered at once; measures the round trip to the host. */
  echo: z.object({}),
  ...chatRequestSchemas,
  ...recordingRequestSchemas,
  /** Measures the line to the host while waiting: bytes to send there, and how many to send back. */
  probe: z.object({
    padding: z.optional(
      z.instanceof(Uint8Array).check(z.refine((bytes) => bytes.byteLength <= largestProbe)),
    ),
    answerBytes: z.optional(z.int().check(z.nonnegative(), z.maximum(largestProbe))),
  }),
} as const;

export type RequestName = keyof typeof requestSchemas;
export type RequestPayload<N extends RequestName> = z.infer<(typeof requestSchemas)[N]>;

/** Answer of `join`: the state, and the missed events when `since` could be honoured (they are already in the state). */
export const joinAnswerSchema = z.object({ state: roomStateSchema, missed: z.array(numberedEventSchema) });

export interface RequestAnswers extends RecordingRequestAnswers {
  join: z.infer<typeof joinAnswerSchema>;
  leave: Record<string, never>;
  signal: Record<string, never>;
  media: Record<string, never>;
  readiness: Record<string, never>;
  quality: Record<string, never>;
  renew: RenewedToken;
  echo: Record<string, never>;
  message: z.infer<typeof messageAnswerSchema>;
  messages: z.infer<typeof messagesAnswerSchema>;
  marks: Record<string, never>;
  probe: { padding?: Uint8Array };
}

export type Acknowledgement<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly error: CatalogueErrorBody };

/** Socket.io's typed maps, for both ends. */
export type ClientToHostEvents = {
  [N in RequestName]: (
    payload: RequestPayload<N>,
    acknowledge: (answer: Acknowledgement<RequestAnswers[N]>) => void,
  ) => void;
};
export interface HostToClientEvents {
  event: (event: NumberedEvent) => void;
  signal: (signal: ReceivedSignal) => void;
  token: (token: RenewedToken) => void;
  message: (message: Message) => void;
  marks: (marks: Marks) => void;
}
