/** Every error the host can answer: its code, its HTTP status and the sentence that says what to do next. */

export const errorCatalogue = {
  BAD_REQUEST: { status: 400, message: 'The request is not valid. See details for the fields to correct.' },
  MALFORMED_JSON: { status: 400, message: 'The body is not valid JSON. Send one JSON object.' },
  UNAUTHENTICATED: {
    status: 401,
    message: 'A credential is needed. Send it as "Authorization: Bearer <token or API key>".',
  },
  TOKEN_INVALID: {
    status: 401,
    message: 'The token is not one of this clinic. Open the invitation link again to get a new one.',
  },
  TOKEN_EXPIRED: {
    status: 401,
    message: 'The token has expired. Open the invitation link again to get a new one.',
  },
  DEVICE_REVOKED: {
    status: 401,
    message:
      'This computer is no longer paired with the clinic. Ask an administrator for a new pairing code.',
  },
  TICKET_INVALID: {
    status: 401,
    message: 'This ticket was used up, is too old, or is for something else. Ask for a new one.',
  },
  FORBIDDEN: { status: 403, message: 'Your role may not do this. Ask the doctor of the consultation.' },
  FOREIGN_ORIGIN: {
    status: 403,
    message: 'Requests from other web sites are refused. Add the site to CORS_ORIGIN if it is yours.',
  },
  REMOVED: {
    status: 403,
    message: 'You were removed from this consultation. Ask the clinic for a new invitation.',
  },
  NO_STAFF_ROLE: {
    status: 403,
    message:
      'This account has no role at the clinic. Set autamedica_role in its app_metadata to admin, clinician or reception.',
  },
  NOT_ADMITTED: { status: 403, message: 'Wait until the doctor admits you.' },
  NOT_FOUND: {
    status: 404,
    message: 'There is nothing at this address. See /openapi.json for what there is.',
  },
  CONSULTATION_NOT_FOUND: { status: 404, message: 'No such consultation. Create it first, or check the id.' },
  ROOM_NOT_FOUND: { status: 404, message: 'No such room. Rooms are named consultation-<consultationId>.' },
  PARTICIPANT_NOT_FOUND: {
    status: 404,
    message: 'No such participant in this consultation. Check the identity.',
  },
  INVITATION_NOT_FOUND: {
    status: 404,
    message: 'The link or code is not valid. Ask the clinic for a new one.',
  },
  PAIRING_NOT_FOUND: {
    status: 404,
    message: 'The pairing code is wrong, used or older than 15 minutes. Ask an administrator for a new one.',
  },
  DEVICE_NOT_FOUND: { status: 404, message: 'No such paired computer. List them to see which there are.' },
  INVITATION_EXPIRED: {
    status: 410,
    message: 'This invitation has expired. Ask the clinic for a new one.',
  },
  INVITATION_USED_UP: {
    status: 410,
    message: 'As many people as this invitation was for have come by it. Ask the clinic for a new one.',
  },
  INVITATION_REVOKED: {
    status: 410,
    message: 'The clinic has cancelled this invitation. Ask the clinic for a new one.',
  },
  RECORDING_NOT_FOUND: {
    status: 404,
    message: 'No such recording. List the recordings to see which there are.',
  },
  FILE_NOT_FOUND: { status: 404, message: 'No such file in this consultation. Check the id.' },
  NOTE_VERSION_NOT_FOUND: {
    status: 404,
    message: 'The notes have no such version. List the versions to see which there are.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: 'This address does not take that method. See the Allow header.',
  },
  CONSULTATION_CONFLICT: {
    status: 409,
    message: 'This consultation already exists with other people. Use another consultationId.',
  },
  CONSULTATION_CLOSED: { status: 409, message: 'This consultation has ended. Create a new one.' },
  CONSULTATION_CANCELLED: {
    status: 409,
    message: 'This consultation was cancelled. Ask the clinic for a new one.',
  },
  CONSULTATION_MISSED: {
    status: 409,
    message: 'The time of this consultation passed with nobody admitted. The clinic can reschedule it.',
  },
  CONSULTATION_LIVE: {
    status: 409,
    message: 'This consultation is in progress. Close it instead.',
  },
  CONSULTATION_CHANGED: {
    status: 409,
    message: 'Somebody else changed this consultation meanwhile. Get it again and repeat your change on it.',
  },
  OUT_OF_TURN: { status: 409, message: 'Join the consultation before sending this message.' },
  TERMS_REQUIRED: {
    status: 409,
    message: 'Read and agree to the terms first, and send their version as termsVersion.',
  },
  CONSENT_MISSING: {
    status: 409,
    message: 'The patient has not agreed to this observer. Ask the patient, and admit the observer then.',
  },
  CONSENT_NOT_ASKED: {
    status: 409,
    message: 'Nobody is being asked for this now. Wait until the doctor asks.',
  },
  RECORDING_CONSENT_MISSING: {
    status: 409,
    message:
      'Not everybody in the call has agreed to be recorded. Ask with /consents/ask, and start once all have agreed.',
  },
  NO_RECORDER: {
    status: 409,
    message:
      "Nothing here can record. Open the consultation in a doctor's window (the app, Chrome or Edge), or set LIVEKIT_EGRESS.",
  },
  ALREADY_RECORDING: {
    status: 409,
    message: 'This consultation is being recorded already, as details.egressId. Stop that recording first.',
  },
  RECORDING_OVER: {
    status: 409,
    message: 'This recording is finished and takes no more. Keep nothing of it and send nothing more.',
  },
  NO_GRANT: {
    status: 409,
    message: 'This was captured when nobody had allowed it, and was not kept. Follow the latest orders.',
  },
  RECIPIENT_UNREACHABLE: {
    status: 409,
    message: 'That participant is not reachable now. Wait for its event and try again.',
  },
  NOTES_CONFLICT: {
    status: 409,
    message:
      'Somebody else has saved these notes meanwhile. Their text is in details.current and yours is kept in the history; save again what should stand.',
  },
  BACKUP_RUNNING: { status: 409, message: 'A backup is being made. Wait until it is done.' },
  ROOM_FULL: {
    status: 409,
    message: 'A direct call holds four people. Switch the consultation to the server transport to add more.',
  },
  NO_NETWORK: {
    status: 409,
    message: 'This computer is in no network. Connect it by cable or Wi-Fi, then share again.',
  },
  TLS_PORT_TAKEN: {
    status: 409,
    message:
      'The port for the network is in use by another program. Close that program, or set TLS_PORT to a free one.',
  },
  CERTIFICATE_UNUSABLE: {
    status: 409,
    message: 'The certificate cannot be used. Set TLS_CERT and TLS_KEY to matching PEM files, or to nothing.',
  },
  FILES_FULL: {
    status: 409,
    message: 'This consultation has no room for more files. Send smaller ones, or fewer.',
  },
  UPLOAD_OFFSET: {
    status: 409,
    message: 'The part does not begin where the last one ended. Go on from details.received.',
  },
  UPLOAD_REPLACED: {
    status: 409,
    message: 'Another request goes on with this file. Ask how much of it was received.',
  },
  FILE_TOO_LARGE: {
    status: 413,
    message: 'The file is larger than this clinic takes. See details for how large it may be.',
  },
  FILE_TYPE_NOT_ALLOWED: {
    status: 415,
    message:
      'Files of this kind are not taken. Send one of those in details, for instance a PDF or a picture.',
  },
  BODY_TOO_LARGE: { status: 413, message: 'The body is larger than this address accepts. Send less.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'Send the body as "Content-Type: application/json".' },
  TOO_MANY_REQUESTS: { status: 429, message: 'Too many requests. Wait as long as Retry-After says.' },
  INTERNAL_ERROR: {
    status: 500,
    message: 'The host failed to do this. Try again; the log of the host says why.',
  },
  SIGN_IN_UNAVAILABLE: {
    status: 503,
    message:
      'The sign-in service does not answer, so its accounts cannot be checked. Try again, or use a paired computer.',
  },
  STORAGE_FULL: {
    status: 507,
    message:
      "The clinic's disk takes no more, so this was not kept. Free space on the disk of the data folder, then try again.",
  },
  RECORDING_DAMAGED: {
    status: 500,
    message:
      'The recording was changed on the disk and cannot be read from there on; details say where. Restore it from S3 or a copy.',
  },
  RECORDING_GONE: {
    status: 404,
    message:
      'The file of this recording is neither on this disk nor in the bucket. Put a copy of it, <egressId>.age, into the folder recordings of the data folder.',
  },
  RECORDING_AWAY: {
    status: 503,
    message:
      'This recording is only in the S3 bucket, which does not answer. See what is in the way in the settings, and try again.',
  },
  RECORDING_HELD: {
    status: 409,
    message: 'This recording is under legal hold and stays. Lift the hold first, if you may.',
  },
  RECORDING_KEY_ABSENT: {
    status: 409,
    message:
      'This host can write recordings but not read them. Export the encrypted file, and open it with the key of RECORDING_RECIPIENT.',
  },
  RECORDING_NOT_FINISHED: {
    status: 409,
    message: 'This recording is still being made or saved. Stop it, or wait until it is saved.',
  },
  RECORDING_DELETED: {
    status: 410,
    message:
      'The content of this recording was deleted for good; details say when. What is known of it stays.',
  },
  RECORDING_SHARING_OFF: {
    status: 409,
    message: 'This clinic does not share recordings by links. An administrator can allow it in the settings.',
  },
  RECORDING_LINK_NOT_FOUND: {
    status: 404,
    message: 'The link is not valid. Ask the clinic for a new one.',
  },
  RECORDING_LINK_OVER: {
    status: 410,
    message: 'This link has expired or was withdrawn. Ask the clinic for a new one.',
  },
  FILE_DAMAGED: {
    status: 500,
    message: 'The file was changed on the disk of the host and cannot be read. Restore it from a backup.',
  },
  LIVEKIT_UNAVAILABLE: {
    status: 503,
    message:
      'The video server is not running, so only direct calls are possible. Wait until it is ready, install livekit-server, or set LIVEKIT_API_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.',
  },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** The body of every failed request, and the `error` of every refused signaling message. */
export interface CatalogueErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: unknown;
}

/** An expected failure. Adapters turn it into their protocol's answer; anything else is INTERNAL_ERROR. */
export class CatalogueError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(code: ErrorCode, details?: unknown) {
    super(errorCatalogue[code].message);
    this.name = 'CatalogueError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  toBody(): CatalogueErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}
