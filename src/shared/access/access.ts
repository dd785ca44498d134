/** Who may do what: one table, enforced by the host at every door and shown by the windows. */

/**
 * The roles of the clinic's own people and programs. `admin` is the clinic itself: its own windows, programs on its own
 * computer and holders of the API key. `clinician` treats patients; `reception` plans and receives, and reads nothing clinical.
 */
export const staffRoles = ['admin', 'clinician', 'reception'] as const;
export type StaffRole = (typeof staffRoles)[number];

/** The roles a person can have inside a consultation. */
export const participantRoles = ['doctor', 'patient', 'observer'] as const;
export type ParticipantRole = (typeof participantRoles)[number];

/** The roles a caller can have. `anyone` is a caller who has shown no credential. */
export const roles = [...staffRoles, ...participantRoles, 'anyone'] as const;
export type Role = (typeof roles)[number];

/** Which of the staff a caller is. */
export interface StaffIdentity {
  /** A paired computer, or an account of a sign-in service. */
  readonly kind: 'device' | 'account';
  readonly id: string;
  /** For people to read; may be empty. */
  readonly name: string;
}

/** A caller, as the door it came through has established it. Never taken from a payload. */
export type Caller =
  | { readonly role: 'anyone' }
  /** Without `staff`: the clinic's own windows, programs on its computer and the API key. */
  | { readonly role: StaffRole; readonly staff?: StaffIdentity }
  | { readonly role: ParticipantRole; readonly identity: string; readonly consultationId: string };

/** What a participant may publish. The names are LiveKit's track sources. */
export const publishSources = ['camera', 'microphone', 'screen_share', 'screen_share_audio'] as const;
export type PublishSource = (typeof publishSources)[number];

/** The permissions of one participant role; a LiveKit video grant is built from it and nothing else. */
export interface ParticipantGrant {
  readonly canSubscribe: boolean;
  readonly canPublishSources: readonly PublishSource[];
  readonly canPublishData: boolean;
  readonly roomRecord: boolean;
  readonly roomAdmin: boolean;
}

const grants: Readonly<Record<ParticipantRole, ParticipantGrant>> = {
  doctor: {
    canSubscribe: true,
    canPublishSources: publishSources,
    canPublishData: true,
    roomRecord: true,
    roomAdmin: true,
  },
  patient: {
    canSubscribe: true,
    canPublishSources: ['camera', 'microphone'],
    canPublishData: true,
    roomRecord: false,
    roomAdmin: false,
  },
  observer: {
    canSubscribe: true,
    canPublishSources: [],
    canPublishData: false,
    roomRecord: false,
    roomAdmin: false,
  },
};

const nothing: ParticipantGrant = {
  canSubscribe: false,
  canPublishSources: [],
  canPublishData: false,
  roomRecord: false,
  roomAdmin: false,
};

/**
 * What a participant may do now.
 * @param admitted false while the participant is in the waiting room: then nothing may be sent or received.
 */
export function grantFor(role: ParticipantRole, admitted: boolean): ParticipantGrant {
  return admitted ? grants[role] : nothing;
}

/** A doctor enters without waiting; everybody else is admitted by one. */
export function entersWithoutWaiting(role: ParticipantRole): boolean {
  return role === 'doctor';
}
