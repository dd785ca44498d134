/** Invitation codes and the links that carry them. */
import { customAlphabet } from 'nanoid';
import type { Invitation } from '../../../shared/contract/contract.ts';
import type { StoredInvitation } from './store.ts';

/** Capital letters and digits that nobody mistakes for one another on paper or on the telephone: 29^6, about 595 million codes. */
const alphabet = '23456789ABCDEFGHJKMNPQRTUVWXY';
const codeLength = 6;

export const newInvitationCode = customAlphabet(alphabet, codeLength);

/** A code as a person typed it: case, spaces and dashes do not matter. */
export function normalizeCode(text: string): string {
  return text.toUpperCase().replace(/[\s-]/g, '');
}

/** @param hostUrl where the host is reached, without a path. */
export function invitationLinks(
  code: string,
  hostUrl: string,
): { code: string; link: string; webLink: string } {
  const query = new URLSearchParams({ host: hostUrl, code });
  return { code, link: `autamedica://join?${query}`, webLink: `${hostUrl}/join/${code}` };
}

export function toInvitation(invitation: StoredInvitation, hostUrl: string): Invitation {
  return {
    consultationId: invitation.consultationId,
    role: invitation.role,
    createdAt: invitation.createdAt,
    ...invitationLinks(invitation.code, hostUrl),
  };
}
