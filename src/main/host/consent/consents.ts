/** Asking and answering: who may say what of themselves, written into the ledger. Nobody answers for somebody else. */
import type { Caller } from '../../../shared/access/access.ts';
import {
  type ConsentAnswer,
  type ConsentEntry,
  type ConsentPurpose,
  consentVersions,
  observerConsent,
} from '../../../shared/consent/consent.ts';
import { type RecordingConsent, recordingConsent } from '../../../shared/consent/recording.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Admission } from '../admission/admission.ts';
import { speakerOf } from '../admission/speaker.ts';
import type { AdmissionStore } from '../admission/store.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { ConsentStore, NewConsentEntry } from './store.ts';

export interface Answer {
  readonly consultationId: string;
  readonly purpose: Exclude<ConsentPurpose, 'terms'>;
  readonly subject?: string | undefined;
  readonly answer: Exclude<ConsentAnswer, 'pending'>;
  readonly version: string;
}

export interface ConsentParts {
  readonly store: ConsentStore;
  readonly admission: Admission;
  readonly participants: Pick<AdmissionStore, 'findParticipant'>;
  readonly rooms: RoomManager;
  now(): number;
}

export class Consents {
  readonly #parts: ConsentParts;

  constructor(parts: ConsentParts) {
    this.#parts = parts;
  }

  /** A patient and an observer see what they said themselves; who treats sees all. */
  async list(caller: Caller, consultationId: string): Promise<ConsentEntry[]> {
    await this.#parts.admission.require(consultationId);
    const ledger = await this.#parts.store.ledger(consultationId);
    const own = caller.role === 'patient' || caller.role === 'observer';
    return ledger.filter(({ identity }) => !own || identity === caller.identity);
  }

  /** Asks everybody in the call whether it may be recorded. While a question is open, asking again changes nothing. */
  async askForRecording(caller: Caller, consultationId: string): Promise<RecordingConsent> {
    const consultation = await this.#parts.admission.requireOpen(consultationId);
    const identity = speakerOf(caller, consultation);
    const ledger = await this.#parts.admission.recordConsents(consultationId, async (before) => {
      const open = recordingConsent(before, []);
      if (open !== undefined && open.verdict !== 'stop') return [];
      const question = { purpose: 'recording', identity, version: consentVersions.recording } as const;
      const at = this.#timestamp();
      // Nobody asks for what they do not want themselves.
      return [
        { ...question, act: 'asked', at },
        { ...question, act: 'agreed', at },
      ];
    });
    const present = this.#parts.rooms.find(consultationId)?.present ?? [];
    return recordingConsent(ledger, present) ?? { verdict: 'stop', answers: [] };
  }

  /** @returns the entry that now stands. */
  async answer(caller: Caller, answer: Answer): Promise<ConsentEntry> {
    const { consultationId, purpose, version } = answer;
    if (version !== consentVersions[purpose])
      throw new CatalogueError('BAD_REQUEST', `The version of the text now is ${consentVersions[purpose]}.`);
    const consultation = await this.#parts.admission.requireOpen(consultationId);
    const identity = speakerOf(caller, consultation);
    const ledger = await this.#parts.admission.recordConsents(consultationId, async (before) => {
      switch (purpose) {
        case 'observer':
          return this.#aboutObserver(before, caller, identity, answer);
        case 'recording':
          return this.#aboutRecording(before, identity, answer);
      }
    });
    const standing = ledger.findLast(
      (entry) => entry.purpose === purpose && entry.identity === identity && entry.subject === answer.subject,
    );
    if (standing === undefined) throw new CatalogueError('CONSENT_NOT_ASKED');
    return standing;
  }

  async #aboutObserver(
    ledger: readonly ConsentEntry[],
    caller: Caller,
    identity: string,
    { consultationId, subject, answer, version }: Answer,
  ): Promise<NewConsentEntry[]> {
    // Neither the doctor nor the clinic agrees in the patient's place.
    if (caller.role !== 'patient') throw new CatalogueError('FORBIDDEN');
    if (subject === undefined) throw new CatalogueError('BAD_REQUEST', 'subject names the observer.');
    const observer = await this.#parts.participants.findParticipant(consultationId, subject);
    if (observer?.role !== 'observer') throw new CatalogueError('PARTICIPANT_NOT_FOUND');
    if (observerConsent(ledger, identity, subject) === answer) return [];
    return [
      {
        purpose: 'observer',
        act: answer,
        identity,
        subject,
        subjectName: observer.displayName,
        version,
        at: this.#timestamp(),
      },
    ];
  }

  #aboutRecording(
    ledger: readonly ConsentEntry[],
    identity: string,
    { consultationId, subject, answer, version }: Answer,
  ): NewConsentEntry[] {
    if (subject !== undefined) throw new CatalogueError('BAD_REQUEST', 'Recording is about nobody else.');
    const room = this.#parts.rooms.find(consultationId);
    if (!room?.present.includes(identity)) throw new CatalogueError('NOT_ADMITTED');
    const open = recordingConsent(ledger, [identity]);
    if (open?.answers[0]?.answer === answer) return [];
    // A question that somebody has ended by a no is not answered any more.
    if (open === undefined || open.verdict === 'stop') throw new CatalogueError('CONSENT_NOT_ASKED');
    return [{ purpose: 'recording', act: answer, identity, version, at: this.#timestamp() }];
  }

  #timestamp(): string {
    return new Date(this.#parts.now()).toISOString();
  }
}
