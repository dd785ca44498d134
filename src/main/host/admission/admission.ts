/** Who may come in: reads tokens, hands out entries, admits, refuses and removes. Every door asks here. */
import { customAlphabet } from 'nanoid';
import {
  type Caller,
  entersWithoutWaiting,
  grantFor,
  type ParticipantRole,
} from '../../../shared/access/access.ts';
import { consultationIdOf, isOpen } from '../../../shared/consultation/consultation.ts';
import type { Entry, Invitation, WaitingPatient } from '../../../shared/contract/contract.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { assertOpen, happen, howItEnded, requireConsultation } from '../consultations/life.ts';
import type { ConsultationStore, StoredConsultation } from '../consultations/store.ts';
import type { LiveKit, RtcAdmission } from '../livekit/livekit.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { Log } from '../runtime/log.ts';
import { invitationLinks, newInvitationCode, normalizeCode, toInvitation } from './invitations.ts';
import type { AdmissionStore, StoredParticipant } from './store.ts';
import type { ParticipantTokens, TokenClaims, TokenHolder } from './tokens.ts';

const newObserverIdentity = customAlphabet('23456789abcdefghjkmnpqrtuvwxyz', 10);

/** A participant whose token was verified and not revoked. */
export interface AuthenticatedParticipant extends TokenClaims, TokenHolder {
  readonly admitted: boolean;
}

export interface AdmissionParts {
  readonly tokens: ParticipantTokens;
  readonly store: AdmissionStore;
  readonly consultations: ConsultationStore;
  readonly rooms: RoomManager;
  readonly livekit: LiveKit;
  readonly log: Log;
  clinicName(): string;
  now(): number;
}

export class Admission {
  readonly #parts: AdmissionParts;

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
    if (claims.issuedAt <= participant.revokedBefore) throw new CatalogueError('REMOVED');
    const { role, displayName, admitted } = participant;
    return { ...claims, role, displayName, admitted };
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
    const { token, expiresAt } = await this.#parts.tokens.mint(
      { consultationId, ...person },
      grantFor(person.role, true),
    );
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
    const { token, expiresAt } = await this.#parts.tokens.mint(holder, grantFor(holder.role, true));
    return { token, expiresAt: new Date(expiresAt).toISOString() };
  }

  async invite(consultationId: string, role: 'patient' | 'observer', baseUrl: string): Promise<Invitation> {
    await this.requireOpen(consultationId);
    for (;;) {
      const invitation = {
        code: newInvitationCode(),
        consultationId,
        role,
        createdAt: new Date(this.#parts.now()).toISOString(),
      };
      if (await this.#parts.store.insertInvitation(invitation)) return toInvitation(invitation, baseUrl);
    }
  }

  /** The patient's standing invitation of each consultation that has one. */
  async patientInvitations(
    consultationIds: readonly string[],
    baseUrl: string,
  ): Promise<Map<string, ReturnType<typeof invitationLinks>>> {
    const codes = await this.#parts.store.patientInvitations(consultationIds);
    return new Map([...codes].map(([id, code]) => [id, invitationLinks(code, baseUrl)]));
  }

  async greet(code: string) {
    const { invitation, consultation } = await this.#findInvitation(code);
    const over = howItEnded(consultation);
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
   * an observer is a new one unless they show the token of an earlier visit.
   */
  async redeem(
    code: string,
    displayName: string,
    earlierToken: string | undefined,
    baseUrl: string,
  ): Promise<Entry> {
    const { invitation, consultation } = await this.#findInvitation(code);
    assertOpen(consultation);
    const identity =
      invitation.role === 'patient'
        ? consultation.patientId
        : ((await this.#earlierIdentity(earlierToken, invitation.consultationId, invitation.role)) ??
          `observer-${newObserverIdentity()}`);
    return this.grantEntry(
      consultation,
      { identity, role: invitation.role, displayName, invitationCode: invitation.code },
      baseUrl,
    );
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
    if (present && !participant.admitted && this.#parts.livekit.externalUrl !== undefined) {
      await this.#parts.livekit.setAdmitted(roomName, identity, participant.role, false);
    }
    (await openRoom(consultation)).videoServerPresence(participant, present);
  }

  /** Who waits anywhere, longest first. */
  async waiting(): Promise<WaitingPatient[]> {
    return this.#parts.rooms.rooms
      .flatMap((room) =>
        room.members
          .filter((member) => !member.admitted)
          .map((member) => ({
            consultationId: room.settings.consultationId,
            identity: member.identity,
            role: member.role,
            displayName: member.displayName,
            since: member.joinedAt,
            connected: member.connected,
            ...(member.readiness ? { readiness: member.readiness } : {}),
          })),
      )
      .sort((a, b) => a.since.localeCompare(b.since));
  }

  /** Lets somebody who waits into the call: durable first, then the media server and everybody in the room. */
  async admit(consultationId: string, identity: string): Promise<{ identity: string; admittedAt: string }> {
    await this.requireOpen(consultationId);
    const room = this.#parts.rooms.find(consultationId);
    const member = room?.member(identity);
    if (room === undefined || member === undefined) throw new CatalogueError('PARTICIPANT_NOT_FOUND');
    if (!member.admitted) {
      room.assertPlaceForOneMore();
      // First, because somebody may be cancelling it at this moment: one of the two is told.
      if (member.role === 'patient') {
        await happen(this.#parts.consultations, consultationId, {
          event: 'patient-admitted',
          change: ({ startedAt }) => ({
            startedAt: startedAt ?? new Date(this.#parts.now()).toISOString(),
          }),
        });
      }
      await this.#parts.store.admit(consultationId, identity);
      room.admit(identity);
      await this.#onVideoServer('A participant could not be admitted', (livekit) =>
        livekit.setAdmitted(room.settings.roomName, identity, member.role, true),
      );
      this.#parts.log.scope('Admission').info(`Admitted ${member.role} to ${room.settings.roomName}`);
    }
    return { identity, admittedAt: new Date(this.#parts.now()).toISOString() };
  }

  refuse(consultationId: string, identity: string): Promise<void> {
    return this.#expel(consultationId, identity, 'refused');
  }

  remove(consultationId: string, identity: string): Promise<void> {
    return this.#expel(consultationId, identity, 'removed');
  }

  async #expel(consultationId: string, identity: string, reason: 'refused' | 'removed'): Promise<void> {
    const { roomName } = await this.require(consultationId);
    const participant: StoredParticipant | undefined = await this.#parts.store.findParticipant(
      consultationId,
      identity,
    );
    if (participant === undefined) throw new CatalogueError('PARTICIPANT_NOT_FOUND');
    await this.#parts.store.revoke(consultationId, identity, this.#parts.now());
    this.#parts.rooms.find(consultationId)?.expel(identity, reason);
    await this.#onVideoServer('A participant could not be removed', (livekit) =>
      livekit.removeParticipant(roomName, identity),
    );
    this.#parts.log.scope('Admission').info(`A ${participant.role} was ${reason} from ${roomName}`);
  }

  /** What was decided holds without the video server; that it could not be told is for the log. */
  async #onVideoServer(failure: string, run: (livekit: LiveKit) => Promise<void>): Promise<void> {
    const { livekit, log } = this.#parts;
    if (livekit.status().state !== 'ready') return;
    await run(livekit).catch((error) => log.scope('LiveKit').error(`${failure} on the video server`, error));
  }

  async #findInvitation(code: string) {
    const invitation = await this.#parts.store.findInvitation(normalizeCode(code));
    if (invitation === undefined) throw new CatalogueError('INVITATION_NOT_FOUND');
    return { invitation, consultation: await this.require(invitation.consultationId) };
  }

  async #earlierIdentity(token: string | undefined, consultationId: string, role: ParticipantRole) {
    if (token === undefined) return undefined;
    const earlier = await this.authenticate(token).catch(() => undefined);
    return earlier?.consultationId === consultationId && earlier.role === role ? earlier.identity : undefined;
  }
}
