/** Invitations: their codes, the links that carry them, and how long and for how many they are good. */
import { customAlphabet } from 'nanoid';
import type { Invitation, InvitationStanding } from '../../../shared/contract/invitations.ts';
import type { StoredInvitation } from './store.ts';

/** Capital letters and digits that nobody mistakes for one another on paper or on the telephone: 29^6, about 595 million codes. */
const alphabet = '23456789ABCDEFGHJKMNPQRTUVWXY';
const codeLength = 6;
const dayMs = 24 * 60 * 60 * 1000;

export const newInvitationCode = customAlphabet(alphabet, codeLength);

/** A code as a person typed it: case, spaces and dashes do not matter. */
export function normalizeCode(text: string): string {
  return text.toUpperCase().replace(/[\s-]/g, '');
}

/** Where invited people reach this host. */
export interface HostAddress {
  /** Without a path. */
  readonly url: string;
  /** SHA-256 of the certificate authority it shows, hexadecimal, where it is one of the clinic's making. */
  readonly fingerprint?: string | undefined;
}

export function invitationLinks(
  code: string,
  { url, fingerprint }: HostAddress,
): { code: string; link: string; webLink: string } {
  const query = new URLSearchParams({ host: url, code, ...(fingerprint ? { fingerprint } : {}) });
  return { code, link: `autamedica://join?${query}`, webLink: `${url}/join/${code}` };
}

/** What an invitation depends on beside itself. */
export interface InvitationSituation {
  /** When the consultation is planned, ISO 8601; without a plan it counts from the invitation's making. */
  readonly scheduledAt?: string | undefined;
  /** Somebody of the consultation is there now. */
  readonly inUse: boolean;
  /** ms since the epoch. */
  readonly now: number;
}

/**
 * Until when an invitation is good, ms since the epoch: its maker's wish, or the end of the day after the planned one, by this
 * computer's calendar, and never less than a day after it was made. A patient's also lasts a day after each use.
 */
export function expiryOf(
  invitation: StoredInvitation,
  { scheduledAt }: Pick<InvitationSituation, 'scheduledAt'>,
): number {
  if (invitation.expiresAt !== undefined) return Date.parse(invitation.expiresAt);
  const created = Date.parse(invitation.createdAt);
  const planned = new Date(scheduledAt === undefined ? created : Date.parse(scheduledAt));
  const dayAfter = new Date(planned.getFullYear(), planned.getMonth(), planned.getDate() + 2).getTime() - 1;
  const used = invitation.role === 'patient' ? Date.parse(invitation.lastUsedAt ?? invitation.createdAt) : 0;
  return Math.max(dayAfter, created + dayMs, used + dayMs);
}

/** Whether it lets a new person in, and if not, why. A patient's never ends while the consultation is going on. */
export function standingOf(invitation: StoredInvitation, situation: InvitationSituation): InvitationStanding {
  if (invitation.revokedAt !== undefined) return 'revoked';
  const goesOn = situation.inUse && invitation.role === 'patient' && invitation.uses > 0;
  if (situation.now > expiryOf(invitation, situation) && !goesOn) return 'expired';
  const full = invitation.useLimit !== undefined && invitation.uses >= invitation.useLimit;
  return full ? 'used-up' : 'standing';
}

export function toInvitation(
  invitation: StoredInvitation,
  situation: InvitationSituation,
  address: HostAddress,
): Invitation {
  return {
    consultationId: invitation.consultationId,
    role: invitation.role,
    createdAt: invitation.createdAt,
    expiresAt: new Date(expiryOf(invitation, situation)).toISOString(),
    ...(invitation.useLimit === undefined ? {} : { useLimit: invitation.useLimit }),
    uses: invitation.uses,
    standing: standingOf(invitation, situation),
    ...invitationLinks(invitation.code, address),
  };
}
