/** Who may come in: reads tokens, hands out entries, admits, refuses and removes. Every door asks here. */
import { customAlphabet } from 'nanoid';
import { type Caller, entersWithoutWaiting, type ParticipantRole } from '../../../shared/access/access.ts';
import {
  type ConsentEntry,
  consentVersions,
  hasAgreedToTerms,
  observerConsent,
} from '../../../shared/consent/consent.ts';
import { consultationIdOf, isOpen } from '../../../shared/consultation/consultation.ts';
import type { Entry } from '../../../shared/contract/contract.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Invitation, InvitedRole } from '../../../shared/contract/invitations.ts';
import type { WaitingPatient } from '../../../shared/contract/waiting-room.ts';
import type { WaitingMessage } from '../../../shared/signaling/messages.ts';
import { KnownCallerError } from '../audit/credentials.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { ConsentStore } from '../consent/store.ts';
import { assertOpen, happen, howItEnded, requireConsultation } from '../consultations/life.ts';
import type { ConsultationStore, StoredConsultation } from '../consultations/store.ts';
import type { LiveKit, RtcAdmission } from '../livekit/livekit.ts';
import { type PastStay, placesOf } from '../rooms/places.ts';
import type { Room, RoomMemory } from '../rooms/room.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { Log } from '../runtime/log.ts';
import { Turns } from '../runtime/turns.ts';
import { hashOf } from '../staff/credentials.ts';
import type { RemovalReason } from '../storage/database.ts';
import {
  type HostAddress,
  type InvitationSituation,
  type invitationLinks,
  newInvitationCode,
  normalizeCode,
  standingOf,
  toInvitation,
} from './invitations.ts';
import type { Pace } from './pace.ts';
import type { AdmissionStore, StoredInvitation } from './store.ts';
import type { ParticipantTokens, TokenClaims, TokenHolder } from './tokens.ts';

const newObserverIdentity = customAlphabet('23456789abcdefghjkmnpqrtuvwxyz', 10);

/** A participant whose token was verified and not revoked. */
export interface AuthenticatedParticipant extends TokenClaims, TokenHolder {
  readonly admitted: boolean;
}

export interface AdmissionParts {
  readonly trail: Pick<AuditTrail, 'about'>;
  readonly tokens: ParticipantTokens;
  readonly store: AdmissionStore;
  readonly consents: ConsentStore;
  readonly consultations: ConsultationStore;
  /** Decisions about one consultation are made one at a time. */
  readonly turns: Turns;
  readonly rooms: RoomManager;
  readonly livekit: LiveKit;
  readonly pace: Pace;
  readonly log: Log;
  pastStays(consultationId: string): Promise<readonly PastStay[]>;
  clinicName(): string;
  /** Where invited people reach this host, given where somebody of the clinic reached it. */
  addressFor(baseUrl: string): HostAddress;
  now(): number;
}

export interface InvitationWish {
  readonly role: InvitedRole;
  readonly useLimit?: number | undefined;
  readonly expiresAt?: string | undefined;
}

export interface Redemption {
  readonly code: string;
  readonly displayName: string;
  readonly termsVersion?: string | undefined;
  /** The secret of an observer's device. */
  readonly returnKey?: string | undefined;
}

export class Admission {
  readonly #parts: AdmissionParts;
  /** What the video server is told of a room, in the order in which it was decided. */
  readonly #videoServerTurns = new Turns();

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /**
   * Who a token belongs to now.
   * @throws CatalogueError TOKEN_INVALID, TOKEN_EXPIRED, REMOVED or CONSULTATION_CLOSED.
   */
  async authenticate(token: string): Promise<AuthenticatedParticipant> {
    return this.current(await this.#parts.tokens.verify(token));
  }

  /** What holds now for somebody whose token was verified earlier. */
  async current<Claims extends Omit<TokenClaims, 'expiresAt'>>(
    claims: Claims,
  ): Promise<Claims & TokenHolder & { readonly admitted: boolean }> {
    const participant = await this.#parts.store.findParticipant(claims.consultationId, claims.identity);
    if (participant === undefined) throw new CatalogueError('TOKEN_INVALID');
    if (claims.issuedAt <= participant.revokedBefore)
      throw new KnownCallerError(
        'REMOVED',
        { role: participant.role, identity: claims.identity, consultationId: claims.consultationId },
        participant.removal,
      );
    const { role, displayName } = participant;
    const admitted = participant.admitted && (await this.#isConsentedTo(claims, role));
    return { ...claims, role, displayName, admitted };
  }

  /** An observer without the patient's standing consent is not in, whatever was once decided. */
  async #isConsentedTo(
    { consultationId, identity }: { consultationId: string; identity: string },
    role: ParticipantRole,
  ): Promise<boolean> {
    if (role !== 'observer') return true;
    const consultation = await this.#parts.consultations.find(consultationId);
    if (consultation === undefined) return false;
    const ledger = await this.#parts.consents.ledger(consultationId);
    return observerConsent(ledger, consultation.patientId, identity) === 'agreed';
  }

  toCaller(participant: TokenHolder): Caller {
    return {
      role: participant.role,
      identity: participant.identity,
      consultationId: participant.consultationId,
    };
  }

  /** For the video server's door: what the holder of a token may do in its room at this moment. */
  async authorizeRtc(token: string): Promise<RtcAdmission> {
    return this.#authorizeRtc(await this.#parts.tokens.verify(token));
  }

  /** The same for somebody who was let in before by a token issued then. */
  async authorizeRtcReturn({
    roomName,
    identity,
    issuedAt,
  }: Pick<RtcAdmission, 'roomName' | 'identity' | 'issuedAt'>): Promise<RtcAdmission> {
    return this.#authorizeRtc({ consultationId: consultationIdOf(roomName) ?? '', identity, issuedAt });
  }

  async #authorizeRtc(claims: Omit<TokenClaims, 'expiresAt'>): Promise<RtcAdmission> {
    const { roomName } = await this.requireOpen(claims.consultationId);
    const { identity, role, admitted, issuedAt } = await this.current(claims);
    return { identity, roomName, role, admitted, issuedAt };
  }

  /** @throws CatalogueError CONSULTATION_NOT_FOUND */
  require(consultationId: string): Promise<StoredConsultation> {
    return requireConsultation(this.#parts.consultations, consultationId);
  }

  /** @throws CatalogueError CONSULTATION_NOT_FOUND, CONSULTATION_CLOSED, CONSULTATION_CANCELLED or CONSULTATION_MISSED */
  async requireOpen(consultationId: string): Promise<StoredConsultation> {
    const consultation = await this.require(consultationId);
    assertOpen(consultation);
    return consultation;
  }

  /** Makes somebody a participant of a consultation and signs their token. */
  async grantEntry(
    consultation: StoredConsultation,
    person: {
      identity: string;
      role: ParticipantRole;
      displayName: string;
      invitationCode?: string;
      withoutWaiting?: boolean;
    },
    baseUrl: string,
  ): Promise<Entry> {
    const { consultationId } = consultation;
    await this.#parts.store.rememberParticipant({
      consultationId,
      identity: person.identity,
      role: person.role,
      displayName: person.displayName,
      admitted: entersWithoutWaiting(person.role) || person.withoutWaiting === true,
      createdAt: new Date(this.#parts.now()).toISOString(),
      ...(person.invitationCode === undefined ? {} : { invitationCode: person.invitationCode }),
    });
    const { token, expiresAt } = await this.#parts.tokens.mint({ consultationId, ...person });
    this.#parts.log.scope('LiveKit').info(`Token generated for ${person.role}: ${person.identity}`);
    return {
      consultationId,
      roomName: consultation.roomName,
      identity: person.identity,
      role: person.role,
      displayName: person.displayName,
      token,
      tokenExpiresAt: new Date(expiresAt).toISOString(),
      signalingUrl: baseUrl,
    };
  }

  /** A fresh token for somebody who is in; their right to be there was just checked by the caller. */
  async renew(holder: TokenHolder): Promise<{ token: string; expiresAt: string }> {
    const { token, expiresAt } = await this.#parts.tokens.mint(holder);
    return { token, expiresAt: new Date(expiresAt).toISOString() };
  }

  async invite(consultationId: string, wish: InvitationWish, baseUrl: string): Promise<Invitation> {
    const consultation = await this.requireOpen(consultationId);
    const { role, expiresAt } = wish;
    if (role === 'patient' && wish.useLimit !== undefined)
      throw new CatalogueError('BAD_REQUEST', "A patient's invitation has no useLimit: it is one person's.");
    if (expiresAt !== undefined && Date.parse(expiresAt) <= this.#parts.now())
      throw new CatalogueError('BAD_REQUEST', 'expiresAt must be later than now.');
    for (;;) {
      const invitation: StoredInvitation = {
        code: newInvitationCode(),
        consultationId,
        role,
        createdAt: this.#timestamp(),
        ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
        ...(role === 'observer' ? { useLimit: wish.useLimit ?? 1 } : {}),
        uses: 0,
      };
      if (await this.#parts.store.insertInvitation(invitation))
        return toInvitation(invitation, this.#situation(consultation), this.#parts.addressFor(baseUrl));
    }
  }

  /** Every invitation of a consultation, newest first. */
  async invitations(consultationId: string, baseUrl: string): Promise<Invitation[]> {
    const consultation = await this.require(consultationId);
    const situation = this.#situation(consultation);
    const stored = await this.#parts.store.invitationsOf([consultationId]);
    return stored
      .reverse()
      .map((invitation) => toInvitation(invitation, situation, this.#parts.addressFor(baseUrl)));
  }

  /** Who came by it stays; nobody comes by it any more. */
  async revokeInvitation(consultationId: string, code: string, baseUrl: string): Promise<Invitation> {
    const consultation = await this.require(consultationId);
    return this.#parts.turns.run(consultationId, async () => {
      const find = async () => {
        const invitation = await this.#parts.store.findInvitation(normalizeCode(code));
        if (invitation?.consultationId !== consultationId) throw new CatalogueError('INVITATION_NOT_FOUND');
        return invitation;
      };
      await this.#parts.store.revokeInvitation((await find()).code, this.#timestamp());
      this.#parts.log.scope('Admission').info(`An invitation to ${consultation.roomName} was revoked`);
      return toInvitation(await find(), this.#situation(consultation), this.#parts.addressFor(baseUrl));
    });
  }

  /** The patient's newest standing invitation of each consultation that has one. */
  async patientInvitations(
    consultations: readonly StoredConsultation[],
    baseUrl: string,
  ): Promise<Map<string, ReturnType<typeof invitationLinks>>> {
    const address = this.#parts.addressFor(baseUrl);
    const byId = new Map(consultations.map((consultation) => [consultation.consultationId, consultation]));
    const stored = await this.#parts.store.invitationsOf([...byId.keys()], 'patient');
    const found = new Map<string, ReturnType<typeof invitationLinks>>();
    for (const invitation of stored) {
      const consultation = byId.get(invitation.consultationId);
      if (consultation === undefined) continue;
      const { standing, code, link, webLink } = toInvitation(
        invitation,
        this.#situation(consultation),
        address,
      );
      if (standing === 'standing') found.set(invitation.consultationId, { code, link, webLink });
    }
    return found;
  }

  async greet(code: string) {
    const { invitation, consultation } = await this.#findInvitation(code);
    this.#parts.pace.keep(invitation.code);
    this.#parts.trail.about({ consultationId: consultation.consultationId });
    const over = howItEnded(consultation);
    // Of one that is over, the page says how it ended, which says more.
    if (over === undefined) this.#assertStanding(invitation, consultation, true);
    return {
      clinicName: this.#parts.clinicName(),
      role: invitation.role,
      ...(consultation.title === undefined ? {} : { title: consultation.title }),
      ...(consultation.doctorName === undefined ? {} : { doctorName: consultation.doctorName }),
      ...(consultation.scheduledAt === undefined ? {} : { scheduledAt: consultation.scheduledAt }),
      closed: over !== undefined,
      ...(over ? { over } : {}),
    };
  }

  /**
   * Exchanges an invitation for an entry. A patient is always the same participant, so the same link brings them back;
   * an observer is a new one unless they come with the key of the device that came before. A limit counts people, not visits.
   */
  async redeem(redemption: Redemption, baseUrl: string): Promise<Entry> {
    const { code, consultationId } = (await this.#findInvitation(redemption.code)).invitation;
    this.#parts.pace.keep(code);
    this.#parts.trail.about({ consultationId });
    return this.#parts.turns.run(consultationId, () => this.#redeem(redemption, baseUrl));
  }

  async #redeem({ code, displayName, termsVersion, returnKey }: Redemption, baseUrl: string): Promise<Entry> {
    const { invitation, consultation } = await this.#findInvitation(code);
    const { consultationId } = consultation;
    assertOpen(consultation);
    const observer = invitation.role === 'observer';
    const keyHash = observer && returnKey !== undefined ? hashOf(returnKey) : undefined;
    const earlier = observer
      ? keyHash && (await this.#parts.store.whoReturns(invitation.code, keyHash))
      : consultation.patientId;
    const returns =
      earlier !== undefined && (observer || (await this.#parts.store.hasUsed(invitation.code, earlier)));
    this.#assertStanding(invitation, consultation, returns);
    const identity = earlier ?? `observer-${newObserverIdentity()}`;
    this.#parts.trail.about({ target: identity });
    const known = observer && (await this.#parts.store.findParticipant(consultationId, identity));
    await this.#agreeToTerms(consultationId, identity, termsVersion);
    const entry = await this.grantEntry(
      consultation,
      {
        identity,
        role: invitation.role,
        // The patient was asked about an observer of that name.
        displayName: known ? known.displayName : displayName,
        invitationCode: invitation.code,
      },
      baseUrl,
    );
    // Last: a host that was stopped before has let nobody in, and the invitation is as good as before.
    await this.#parts.store.noteUse(invitation.code, identity, this.#timestamp(), keyHash);
    return entry;
  }

  /** Nobody comes in by an invitation without the terms; who agreed on an earlier visit need not again. */
  async #agreeToTerms(consultationId: string, identity: string, version: string | undefined): Promise<void> {
    const agreed = hasAgreedToTerms(await this.#parts.consents.ledger(consultationId), identity);
    if (version === undefined ? !agreed : version !== consentVersions.terms)
      throw new CatalogueError('TERMS_REQUIRED', { termsVersion: consentVersions.terms });
    if (agreed) return;
    const at = this.#timestamp();
    await this.#parts.consents.append(consultationId, [
      { purpose: 'terms', act: 'agreed', identity, version: consentVersions.terms, at },
    ]);
  }

  /** @param returns somebody who came by it before, whom neither its limit nor its end concerns. */
  #assertStanding(invitation: StoredInvitation, consultation: StoredConsultation, returns: boolean): void {
    const situation = this.#situation(consultation);
    switch (standingOf(invitation, situation)) {
      case 'standing':
        return;
      case 'expired':
        // Nobody is kept out of a consultation that goes on by an end that passed meanwhile.
        if (returns && situation.inUse) return;
        throw new CatalogueError('INVITATION_EXPIRED');
      case 'revoked':
        throw new CatalogueError('INVITATION_REVOKED');
      case 'used-up':
        if (!returns) throw new CatalogueError('INVITATION_USED_UP');
    }
  }

  #situation({ consultationId, scheduledAt }: StoredConsultation): InvitationSituation {
    const inUse = (this.#parts.rooms.find(consultationId)?.members.length ?? 0) > 0;
    return { scheduledAt, inUse, now: this.#parts.now() };
  }

  #timestamp(): string {
    return new Date(this.#parts.now()).toISOString();
  }

  /** What a room must know of the time before it is opened. */
  async roomMemory(consultationId: string): Promise<RoomMemory> {
    const [ledger, waitingMessage, admitted, stays] = await Promise.all([
      this.#parts.consents.ledger(consultationId),
      this.#parts.store.waitingMessage(consultationId),
      this.#parts.store.admittedTo(consultationId),
      this.#parts.pastStays(consultationId),
    ]);
    return { ledger, waitingMessage, admitted, places: placesOf(stays) };
  }

  /** For what must not happen while something about the same consultation is being decided. */
  inTurn<T>(consultationId: string, work: () => Promise<T>): Promise<T> {
    return this.#parts.turns.run(consultationId, work);
  }

  /** The video server says that somebody came or went there; clients that use nothing else are seen by it. */
  async videoServerPresence(
    roomName: string,
    identity: string,
    present: boolean,
    openRoom: (consultation: StoredConsultation) => Promise<Room>,
  ): Promise<void> {
    const consultation = await this.#parts.consultations.find(consultationIdOf(roomName) ?? '');
    if (consultation === undefined) return;
    const { consultationId, state } = consultation;
    const participant = await this.#parts.store.findParticipant(consultationId, identity);
    const member = this.#parts.rooms.find(consultationId)?.member(identity);
    const expelled = participant?.admitted === false && participant.revokedBefore > 0 && member === undefined;
    if (participant === undefined || !isOpen(state) || expelled) {
      // An external server lets in whoever has a token that it can read; here it is told who may not be there.
      if (present) await this.#parts.livekit.removeParticipant(roomName, identity);
      return;
    }
    const isIn = async ({ admitted, role }: { admitted: boolean; role: ParticipantRole }) =>
      admitted && (await this.#isConsentedTo({ consultationId, identity }, role));
    if (present && this.#parts.livekit.externalUrl !== undefined && !(await isIn(participant))) {
      await this.#parts.livekit.setAdmitted(roomName, identity, participant.role, false);
    }
    const room = await openRoom(consultation);
    await this.inTurn(consultationId, async () => {
      // Asked again, because that may have taken its time.
      const now = (await this.#parts.store.findParticipant(consultationId, identity)) ?? participant;
      room.videoServerPresence({ ...now, admitted: await isIn(now) }, present);
    });
  }

  /** Who waits anywhere, longest first. */
  async waiting(): Promise<WaitingPatient[]> {
    const people = await Promise.all(this.#parts.rooms.rooms.map((room) => this.#waitingIn(room)));
    return people.flat().sort((a, b) => a.since.localeCompare(b.since));
  }

  async #waitingIn(room: Room): Promise<WaitingPatient[]> {
    const { consultationId } = room.settings;
    const waiting = room.members.filter((member) => !member.admitted);
    const consultation = waiting.length > 0 && (await this.#parts.consultations.find(consultationId));
    if (!consultation) return [];
    const ledger = await this.#parts.consents.ledger(consultationId);
    return waiting.map((member) => ({
      consultationId,
      identity: member.identity,
      role: member.role,
      displayName: member.displayName,
      ...(consultation.doctorName === undefined ? {} : { doctorName: consultation.doctorName }),
      ...(consultation.scheduledAt === undefined ? {} : { scheduledAt: consultation.scheduledAt }),
      since: member.waitingSince,
      joinedAt: member.joinedAt,
      connected: member.connected,
      ...(member.readiness ? { readiness: member.readiness } : {}),
      transport: room.transport,
      ...(member.role === 'observer'
        ? { consent: observerConsent(ledger, consultation.patientId, member.identity) }
        : {}),
      ...(room.waitingMessage === undefined ? {} : { message: room.waitingMessage.text }),
    }));
  }

  /** Lets somebody who waits into the call: durable first, then the media server and everybody in the room. */
  async admit(consultationId: string, identity: string): Promise<{ identity: string; admittedAt: string }> {
    const { told } = await this.#parts.turns.run(consultationId, () => this.#admit(consultationId, identity));
    await told;
    return { identity, admittedAt: this.#timestamp() };
  }

  async #admit(consultationId: string, identity: string): Promise<{ told?: Promise<void> }> {
    await this.requireOpen(consultationId);
    const room = this.#parts.rooms.find(consultationId);
    const member = room?.member(identity);
    if (room === undefined || member === undefined) throw new CatalogueError('PARTICIPANT_NOT_FOUND');
    if (member.admitted) return {};
    if (!(await this.#isConsentedTo({ consultationId, identity }, member.role)))
      throw new CatalogueError('CONSENT_MISSING');
    room.assertPlaceForOneMore();
    // First, because somebody may be cancelling it at this moment: one of the two is told.
    if (member.role === 'patient') {
      await happen(this.#parts.consultations, consultationId, {
        event: 'patient-admitted',
        change: ({ startedAt }) => ({ startedAt: startedAt ?? this.#timestamp() }),
      });
    }
    await this.#parts.store.admit(consultationId, identity);
    if (member.role === 'patient') {
      // "The doctor is late" is not true any more.
      if (room.waitingMessage !== undefined) await this.#tellWaiting(consultationId, undefined);
    }
    room.admit(identity);
    this.#parts.log.scope('Admission').info(`Admitted ${member.role} to ${room.settings.roomName}`);
    const told = this.#onVideoServer(
      room.settings.roomName,
      'A participant could not be admitted',
      (livekit) => livekit.setAdmitted(room.settings.roomName, identity, member.role, true),
    );
    return { told };
  }

  refuse(consultationId: string, identity: string, note?: string): Promise<void> {
    return this.#expel(consultationId, identity, 'refused', note);
  }

  remove(consultationId: string, identity: string): Promise<void> {
    return this.#expel(consultationId, identity, 'removed');
  }

  async #expel(
    consultationId: string,
    identity: string,
    reason: RemovalReason,
    note?: string,
  ): Promise<void> {
    const { told } = await this.#parts.turns.run(consultationId, () =>
      this.#expelInTurn(consultationId, identity, reason, note),
    );
    await told;
  }

  async #expelInTurn(
    consultationId: string,
    identity: string,
    reason: RemovalReason,
    note?: string,
  ): Promise<{ told: Promise<void> }> {
    const { roomName } = await this.require(consultationId);
    const participant = await this.#parts.store.findParticipant(consultationId, identity);
    if (participant === undefined) throw new CatalogueError('PARTICIPANT_NOT_FOUND');
    await this.#parts.store.revoke(consultationId, identity, this.#parts.now(), { reason, note });
    this.#parts.rooms.find(consultationId)?.expel(identity, reason, note);
    this.#parts.log.scope('Admission').info(`A ${participant.role} was sent out of ${roomName}: ${reason}`);
    const told = this.#onVideoServer(roomName, 'A participant could not be removed', (livekit) =>
      livekit.removeParticipant(roomName, identity),
    );
    return { told };
  }

  /**
   * Writes answers into the ledger and lets what follows from them happen at once: an observer without consent leaves.
   * @param decide reads the ledger as it is in this turn, and answers what is to be added.
   */
  async recordConsents(
    consultationId: string,
    decide: (ledger: readonly ConsentEntry[]) => Promise<readonly Omit<ConsentEntry, 'number'>[]>,
  ): Promise<readonly ConsentEntry[]> {
    const { ledger, told } = await this.#parts.turns.run(consultationId, async () => {
      const { patientId } = await this.requireOpen(consultationId);
      const added = await decide(await this.#parts.consents.ledger(consultationId));
      if (added.length > 0) await this.#parts.consents.append(consultationId, added);
      const now = await this.#parts.consents.ledger(consultationId);
      const room = this.#parts.rooms.find(consultationId);
      room?.setLedger(now);
      const leaving: Promise<void>[] = [];
      for (const { purpose, subject } of added) {
        if (purpose !== 'observer' || subject === undefined) continue;
        if (observerConsent(now, patientId, subject) === 'agreed') continue;
        const participant = await this.#parts.store.findParticipant(consultationId, subject);
        if (!participant?.admitted) continue;
        leaving.push((await this.#expelInTurn(consultationId, subject, 'consent-withdrawn')).told);
      }
      return { ledger: now, told: leaving };
    });
    await Promise.all(told);
    return ledger;
  }

  /** Tells who waits something short; it is there for whoever comes or comes back, until it is taken back. */
  async tellWaiting(consultationId: string, text: string | undefined): Promise<WaitingMessage | undefined> {
    return this.#parts.turns.run(consultationId, async () => {
      await this.requireOpen(consultationId);
      const message = text === undefined ? undefined : { text, at: this.#timestamp() };
      await this.#tellWaiting(consultationId, message);
      return message;
    });
  }

  async #tellWaiting(consultationId: string, message: WaitingMessage | undefined): Promise<void> {
    await this.#parts.store.setWaitingMessage(consultationId, message);
    this.#parts.rooms.find(consultationId)?.setWaitingMessage(message);
  }

  /** What was decided holds without the video server; that it could not be told is for the log. */
  #onVideoServer(roomName: string, failure: string, run: (livekit: LiveKit) => Promise<void>): Promise<void> {
    const { livekit, log } = this.#parts;
    return this.#videoServerTurns.run(roomName, async () => {
      if (livekit.status().state !== 'ready') return;
      await run(livekit).catch((error) =>
        log.scope('LiveKit').error(`${failure} on the video server`, error),
      );
    });
  }

  async #findInvitation(code: string) {
    const invitation = await this.#parts.store.findInvitation(normalizeCode(code));
    if (invitation === undefined) throw new CatalogueError('INVITATION_NOT_FOUND');
    return { invitation, consultation: await this.require(invitation.consultationId) };
  }
}
