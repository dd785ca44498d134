/** Everything of a consultation as one signed archive: what was recorded, written, said, sent, agreed to and done, and who was there. */
import type { Readable } from 'node:stream';
import type { Caller } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { KeptRecording } from '../../../shared/contract/recording-library.ts';
import { operationFact } from '../audit/fact.ts';
import type { SigningKey } from '../audit/signing-key.ts';
import type { AuditStore } from '../audit/store.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { ConsentStore } from '../consent/store.ts';
import { attendanceOf } from '../consultations/attendance.ts';
import type { ConsultationStore, StoredConsultation } from '../consultations/store.ts';
import type { FileStore } from '../files/store.ts';
import type { FileVault } from '../files/vault.ts';
import type { MessageStore } from '../messages/store.ts';
import type { Library } from '../recordings/library/library.ts';
import type { Log } from '../runtime/log.ts';
import type { Database } from '../storage/database.ts';
import { auditPartName, signManifest } from './manifest.ts';
import { readMe } from './read-me.ts';
import { type PartContent, textOf, writePack } from './write-pack.ts';

export interface PackParts {
  readonly database: Database;
  readonly consultations: ConsultationStore;
  readonly messages: MessageStore;
  readonly files: { readonly store: FileStore; readonly vault: FileVault };
  readonly consents: ConsentStore;
  readonly audit: AuditStore;
  readonly library: Library;
  readonly trail: Pick<AuditTrail, 'during' | 'sign'>;
  readonly key: SigningKey;
  clinicName(): string;
  /** Done when who came and went is on the disk. */
  settled(): Promise<unknown>;
  readonly log: Log;
  now(): number;
}

export class ConsultationPacks {
  readonly #parts: PackParts;

  constructor(parts: PackParts) {
    this.#parts = parts;
  }

  /** @throws CatalogueError TICKET_INVALID, CONSULTATION_NOT_FOUND */
  async open(ticket: string, consultationId: string): Promise<{ fileName: string; content: Readable }> {
    const caller = await this.#parts.library.packHolder(ticket, consultationId);
    return this.#parts.trail.during(fact(caller, consultationId), 'each', async () => {
      const consultation = await this.#parts.consultations.find(consultationId);
      if (consultation === undefined) throw new CatalogueError('CONSULTATION_NOT_FOUND');
      await this.#parts.settled();
      const createdAt = new Date(this.#parts.now());
      // What is in the log now is in the pack; what is done while it is written is not.
      const head = await this.#parts.trail.sign();
      const content = writePack(
        this.#contents(consultation, createdAt, head.number),
        async (parts) =>
          signManifest(this.#parts.key, {
            clinicName: this.#parts.clinicName(),
            consultationId,
            createdAt: createdAt.toISOString(),
            audit: head,
            parts: [...parts],
          }),
        createdAt,
      );
      content.on('error', (error) =>
        this.#parts.log.scope('Recordings').error('A consultation pack was broken off', error),
      );
      return { fileName: `consulta-${consultationId.replaceAll(/[^A-Za-z0-9_-]/g, '_')}.zip`, content };
    });
  }

  async *#contents(
    consultation: StoredConsultation,
    createdAt: Date,
    lastAuditEntry: number,
  ): AsyncGenerator<PartContent> {
    const { consultationId } = consultation;
    const part = (name: string, value: unknown): PartContent => ({ name, content: textOf(value) });
    yield part('LEEME-README.txt', readMe(this.#parts.clinicName(), consultationId, createdAt));
    const { roomSid: _, ...known } = consultation;
    yield part('consultation.json', known);
    const { recordings, decisions, open, check } = await this.#parts.library.forPack(consultationId);
    for (const recording of recordings) {
      const folder = `recordings/${recording.egressId}`;
      yield part(`${folder}/recording.json`, {
        ...recording,
        decisions: await decisions(recording),
      });
      yield* this.#recording(recording, folder, open, check);
    }
    yield* this.#notes(consultationId);
    yield part('chat.json', await this.#chat(consultationId));
    for (const file of await this.#parts.files.store.listComplete(consultationId)) {
      yield { name: `files/${file.fileId}/${file.name}`, content: this.#parts.files.vault.read(file) };
    }
    yield part('consents.json', await this.#parts.consents.ledger(consultationId));
    yield part('presence.json', await this.#presence(consultationId));
    yield { name: auditPartName, content: this.#audit(consultationId, lastAuditEntry) };
  }

  async *#recording(
    recording: KeptRecording,
    folder: string,
    open: (
      recording: KeptRecording,
      encrypted: boolean,
    ) => Promise<{
      fileName: string;
      size: number;
      read(from: number, to: number): AsyncIterable<Uint8Array>;
    }>,
    check: (recording: KeptRecording) => Promise<{ readonly sound: boolean }>,
  ): AsyncGenerator<PartContent> {
    if (recording.deleted || recording.sizeBytes === undefined) return;
    // Which its recording.json says.
    if (recording.copies === 'missing') return;
    // What cannot be read whole is handed out as it lies there: that is still evidence, and a half film is none.
    const { sound } = await check(recording);
    const { fileName, size, read } = await open(recording, !sound);
    yield { name: `${folder}/${fileName}`, content: read(0, size) };
  }

  async *#notes(consultationId: string): AsyncGenerator<PartContent> {
    const versions = await this.#parts.database
      .selectFrom('note_versions')
      .selectAll()
      .where('consultation_id', '=', consultationId)
      .orderBy('version')
      .execute();
    const current = versions.findLast(({ aside }) => aside === 0);
    if (current) yield { name: 'notes.txt', content: textOf(current.text) };
    yield {
      name: 'notes.json',
      content: textOf(
        versions.map((row) => ({
          version: row.version,
          text: row.text,
          author: { role: row.author_role, id: row.author_id, name: row.author_name },
          basedOn: row.based_on,
          aside: row.aside === 1,
          beganAt: row.began_at,
          savedAt: row.saved_at,
        })),
      ),
    };
  }

  async #chat(consultationId: string) {
    const all = [];
    for (let after = 0; ; ) {
      const { messages, last } = await this.#parts.messages.after(consultationId, after);
      all.push(...messages);
      after = messages.at(-1)?.number ?? last;
      if (messages.length === 0 || after >= last) return all;
    }
  }

  async #presence(consultationId: string) {
    const stays = await this.#parts.database
      .selectFrom('presences')
      .selectAll()
      .where('consultation_id', '=', consultationId)
      .orderBy('joined_at')
      .execute();
    return {
      people: attendanceOf(stays, this.#parts.now()),
      stays: stays.map((row) => ({
        identity: row.identity,
        role: row.role,
        displayName: row.display_name,
        joinedAt: row.joined_at,
        admittedAt: row.admitted_at,
        leftAt: row.left_at,
        leftAs: row.left_as,
        /** Time at each level of the connection's quality, from none to the best, ms. */
        qualityMs: [row.quality_0, row.quality_1, row.quality_2, row.quality_3, row.quality_4],
      })),
    };
  }

  async *#audit(consultationId: string, until: number): AsyncGenerator<Uint8Array> {
    for (let after = 0; ; ) {
      const rows = await this.#parts.audit.ofConsultation(consultationId, after, until);
      for (const { line } of rows) yield Buffer.from(`${line}\n`);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.number;
    }
  }
}

function fact(caller: Caller, consultationId: string) {
  return operationFact(caller, { audit: 'consultation.packed' }, { consultationId });
}
