/** The clinic's database: one encrypted SQLite file, durable commits, numbered migrations. */
import { type Generated, type GeneratedAlways, Kysely, SqliteDialect } from 'kysely';
import type { ParticipantRole, StaffRole } from '../../../shared/access/access.ts';
import type { ConsentAct, ConsentPurpose } from '../../../shared/consent/consent.ts';
import type { StoredConsultationState } from '../../../shared/consultation/consultation.ts';
import type { TransportChoice } from '../../../shared/contract/contract.ts';
import type { NoteAuthor } from '../../../shared/contract/notes.ts';
import type { KeepingRule } from '../../../shared/contract/recording-library.ts';
import type { StorageProblemKind } from '../../../shared/contract/recording-storage.ts';
import type { RecordingEnd, RecordingStatus } from '../../../shared/contract/recordings.ts';
import type { Departure } from '../../../shared/contract/summary.ts';
import type { RecorderKind } from '../../../shared/signaling/recording.ts';
import type { DecisionAct } from '../recordings/library/library-store.ts';
import type { Comparison } from '../recordings/upload.ts';
import { openDatabaseFile } from './database-file.ts';
import { migrate } from './migrations.ts';
import { StatementCache } from './statement-cache.ts';

/** Times are ISO 8601 in UTC, so that text order is time order. */
export interface Tables {
  consultations: {
    id: string;
    patient_id: string;
    doctor_id: string;
    title: string | null;
    patient_name: string | null;
    doctor_name: string | null;
    scheduled_at: string | null;
    duration_minutes: number | null;
    transport: TransportChoice;
    state: StoredConsultationState;
    room_sid: string;
    created_at: string;
    /** When the patient was first admitted. */
    started_at: string | null;
    /** When it was closed, cancelled or missed. */
    closed_at: string | null;
    cancel_reason: string | null;
    /** Grows with every change of the plan. */
    version: Generated<number>;
    /** Names and title as `foldText` makes them. */
    search_text: string;
    /** The planned time, or else the creation: the order of the agenda. */
    starts_at: GeneratedAlways<string>;
  };
  invitations: {
    code: string;
    consultation_id: string;
    role: ParticipantRole;
    created_at: string;
    revoked_at: string | null;
    /** Set by whoever made it; without it the expiry follows from the plan and from its use. */
    expires_at: string | null;
    /** People it lets in; without one any number, as for a patient, who is always the same person. */
    use_limit: number | null;
  };
  /** Who came by which invitation. */
  invitation_uses: {
    code: string;
    identity: string;
    first_used_at: string;
    last_used_at: string;
    /** Of the secret by which an observer's device comes back as the same person. */
    return_key_hash: string | null;
  };
  participants: {
    consultation_id: string;
    identity: string;
    role: ParticipantRole;
    display_name: string;
    admitted: 0 | 1;
    invitation_code: string | null;
    /** Tokens issued at or before this moment, ms since the epoch, are refused; 0: none are. */
    revoked_before: number;
    created_at: string;
    /** How and why they were sent away the last time. */
    removed_as: RemovalReason | null;
    removal_note: string | null;
  };
  waiting_messages: { consultation_id: string; text: string; at: string };
  /** The database refuses to change or delete a row of it. */
  consents: {
    number: Generated<number>;
    consultation_id: string;
    purpose: ConsentPurpose;
    act: ConsentAct;
    identity: string;
    subject: string | null;
    subject_name: string | null;
    version: string;
    at: string;
  };
  staff_devices: {
    id: string;
    person_name: string;
    device_name: string;
    role: StaffRole;
    /** SHA-256 of the credential's secret, hexadecimal. */
    credential_hash: string;
    paired_at: string;
    last_seen_at: string | null;
    revoked_at: string | null;
  };
  pairing_codes: {
    code_hash: string;
    person_name: string;
    role: StaffRole;
    created_at: string;
    expires_at: string;
  };
  /** Which computer was given a token of which participant. */
  staff_entries: {
    device_id: string;
    consultation_id: string;
    identity: string;
  };
  settings: {
    name: string;
    value: string;
  };
  files: {
    id: string;
    consultation_id: string;
    sender: string;
    sender_role: ParticipantRole;
    sender_name: string;
    /** The client's own name for the upload; the same one is the same file. */
    upload_id: string;
    name: string;
    /** Found in the content, so unknown before some of it is there. */
    type: string | null;
    /** Bytes, as announced; all are there when `received` is the same. */
    size: number;
    /** Bytes that are durable. */
    received: number;
    /** What its content on the disk is encrypted with, base64url of 32 bytes. */
    key: string;
    created_at: string;
    completed_at: string | null;
  };
  messages: {
    consultation_id: string;
    number: number;
    id: string;
    sender: string;
    sender_role: ParticipantRole;
    sender_name: string;
    sent_at: string;
    text: string | null;
    file_id: string | null;
  };
  /** Everything up to these numbers has reached a person, and was read by them. */
  message_marks: {
    consultation_id: string;
    identity: string;
    delivered: number;
    read: number;
  };
  /** One row. */
  network: {
    id: 1;
    sharing: 0 | 1;
    /** PKCS #8, PEM; the database is encrypted. */
    authority_key: string | null;
    authority_certificate: string | null;
    server_key: string | null;
    server_certificate: string | null;
  };
  /** Clinical notes. What one window adds within a minute is one row. */
  note_versions: {
    consultation_id: string;
    version: number;
    text: string;
    /** The window that wrote it. */
    editor: string;
    author_role: NoteAuthor['role'];
    author_id: string | null;
    author_name: string | null;
    based_on: number;
    /** 1: written on a version that was not the newest any more; kept, but not the notes. */
    aside: 0 | 1;
    /** When its first save was; `saved_at` is that of its last. */
    began_at: string;
    saved_at: string;
  };
  /** The database refuses to change or delete a row of it; all but the line is read from the line. */
  audit: {
    number: number;
    line: string;
    at: GeneratedAlways<string>;
    event: GeneratedAlways<string>;
    caller_role: GeneratedAlways<string>;
    caller_id: GeneratedAlways<string | null>;
    consultation_id: GeneratedAlways<string | null>;
  };
  /** The same: signatures of the entries with these numbers. */
  audit_heads: { number: number; line: string };
  /** `fact`: JSON. */
  audit_waiting: { number: Generated<number>; at: string; fact: string };
  recordings: {
    /** The egressId. */
    id: string;
    consultation_id: string;
    recorder: RecorderKind;
    status: RecordingStatus;
    started_at: string;
    ended_at: string | null;
    ended_as: RecordingEnd | null;
    /** Time that is safe, and time that was captured as far as is known. */
    duration_ms: number;
    captured_ms: number;
    /** Of the encrypted file; none until it is finished. */
    size_bytes: number | null;
    sha256: string | null;
    /** Of what is inside. */
    content_type: string | null;
    /** Whose window records. */
    recorder_identity: string | null;
    /** The age identity made for this recording alone; forgotten when nothing of it is awaited any more, and its log with it. */
    working_identity: string | null;
    /** JSON: when capturing was allowed, see `recordings/grants.ts`. */
    grants: string;
    /** Until when segments of it are still taken after its end, because some may be missing. */
    log_until: string | null;
    /** Bytes of its log that the file was written from. */
    log_bytes: number;
  };
  /** What was decided about a recording, where something was. */
  recording_keeping: {
    egress_id: string;
    rule: KeepingRule['rule'];
    keep_until: string | null;
    held_since: string | null;
    hold_reason: string | null;
    /** When it was decided; from then on nothing opens it. */
    deleted_at: string | null;
    deleted_as: 'asked' | 'retention' | null;
    delete_reason: string | null;
    /** When the copies that this host can reach had lost their key. */
    shredded_at: string | null;
  };
  /** Who decided what about a recording, and why; only ever added to. */
  recording_decisions: {
    number: Generated<number>;
    egress_id: string;
    at: string;
    act: DecisionAct;
    reason: string | null;
    /** JSON, as in the audit log. */
    caller: string;
  };
  /** Links for patients; of the link itself only the hash. */
  recording_links: {
    id: string;
    egress_id: string;
    token_hash: string;
    created_at: string;
    expires_at: string;
    opened: number;
    last_opened_at: string | null;
    revoked_at: string | null;
  };
  /** One row each time that somebody was there. */
  presences: {
    id: string;
    consultation_id: string;
    identity: string;
    role: ParticipantRole;
    display_name: string;
    joined_at: string;
    admitted_at: string | null;
    /** When the host last knew them there; the end of a stay that a killed host could not see end. */
    seen_at: string;
    left_at: string | null;
    left_as: Departure | null;
    /** Time at each level of their connection's quality, ms. */
    quality_0: number;
    quality_1: number;
    quality_2: number;
    quality_3: number;
    quality_4: number;
  };
  /** One row: whether and where the clinic's Supabase is told what happens. */
  tracking: {
    id: 1;
    /** Address of the project; none: nothing is written for it. */
    project: string | null;
    clinic_id: string;
    /** Grows when a backup is restored, because the numbers that follow it were used before. */
    generation: number;
    last_sent_at: string | null;
  };
  /** Filled by triggers; a row goes when it was sent. */
  tracking_outbox: {
    number: Generated<number>;
    id: Generated<string>;
    consultation_id: string;
    generation: Generated<number>;
    sequence: Generated<number>;
    kind: string;
    at: Generated<string>;
    /** JSON. */
    data: string;
    /** Set aside since then, and why. */
    refused_at: string | null;
    refused_because: string | null;
  };
  /** Finished recordings and their objects in the clinic's bucket. A row goes when nothing of its object is left. */
  recording_uploads: {
    egress_id: string;
    consultation_id: string;
    /** Of the encrypted file. */
    size_bytes: number;
    sha256: string;
    /** `stored`: it is there and was compared. `removing`: every version of it is to go. */
    state: 'waiting' | 'stored' | 'removing';
    added_at: string;
    /** Where it is, or was tried. */
    bucket: string | null;
    object_key: string | null;
    /** Of the upload that is under way. */
    upload_id: string | null;
    /** By what it was known to be the file. */
    compared_by: Comparison | null;
    etag: string | null;
    stored_at: string | null;
    /** When the copy on this disk went. */
    dropped_at: string | null;
    /** 1: under a legal hold; nothing of it goes. */
    held: Generated<0 | 1>;
    /** Whether the bucket holds it too. */
    held_there: 'held' | 'unsupported' | null;
    problem: StorageProblemKind | null;
    problem_detail: string | null;
    problem_since: string | null;
    tried_at: string | null;
    /** Set aside until then. */
    retry_at: string | null;
  };
  /** Parts of uploads that are under way, as the server named them. */
  recording_upload_parts: { egress_id: string; number: number; etag: string };
}

/** How somebody is sent away. */
export type RemovalReason = 'removed' | 'refused' | 'consent-withdrawn';

export type Database = Kysely<Tables>;

/**
 * Opens the database, making or migrating it as needed.
 * @param encryptionKey base64url of 32 bytes.
 * @throws DatabaseDamagedError, or HostFailureError when the file was written by a newer version; the file is left as it was.
 */
export async function openDatabase(file: string, encryptionKey: string): Promise<Database> {
  const connection = openDatabaseFile(file, encryptionKey);
  const statements = new StatementCache((sql) => connection.prepare(sql));
  const database = new Kysely<Tables>({
    dialect: new SqliteDialect({
      database: {
        // After a full disk SQLite has rolled back by itself; a complaint about that would hide the reason.
        prepare: (sql) =>
          statements.prepare(sql === 'rollback' && !connection.inTransaction ? 'select 1' : sql),
        close: () => {
          statements.clear();
          // The driver lets go of the file when its statements are collected; what was written is brought home before.
          connection.pragma('wal_checkpoint(TRUNCATE)');
          connection.close();
        },
      },
    }),
  });
  try {
    await migrate(database);
  } catch (error) {
    await database.destroy();
    throw error;
  }
  return database;
}
