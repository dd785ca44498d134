/** What the audit log says of a room: who came, was let in and went, what they sent, and how the call was carried. */

import { consultationIdOf } from '../../../shared/consultation/consultation.ts';
import type { AuditDetail } from '../../../shared/contract/audit.ts';
import type { MediaState } from '../../../shared/signaling/messages.ts';
import { type Fact, hostItself, participantCaller } from '../audit/fact.ts';
import type { Member } from './member.ts';

interface OfRoom {
  readonly settings: { readonly consultationId: string };
}

export function roomFact(consultationId: string, event: string, detail: AuditDetail): Fact {
  return { event, caller: hostItself, consultationId, detail, outcome: 'ok' };
}

export function memberFact({ settings }: OfRoom, member: Member, event: string, detail?: AuditDetail): Fact {
  return {
    event,
    caller: participantCaller(member),
    consultationId: settings.consultationId,
    ...(detail === undefined ? {} : { detail }),
    outcome: 'ok',
  };
}

/** What somebody says that they began and stopped to send. */
export function mediaFacts(room: OfRoom, member: Member, before: MediaState): Fact[] {
  return (['microphone', 'camera', 'screen'] as const)
    .filter((source) => member.media[source] !== before[source])
    .map((source) => ({
      ...memberFact(room, member, member.media[source] ? 'media.started' : 'media.stopped'),
      target: source,
    }));
}

/** What the video server saw: a track that came or went, of somebody whom the room knows. */
export function trackFact(
  event: {
    readonly type: 'track-published' | 'track-unpublished';
    readonly roomName: string;
    readonly identity: string;
    readonly source: string;
  },
  rooms: {
    find(consultationId: string): (OfRoom & { member(identity: string): Member | undefined }) | undefined;
  },
): Fact | undefined {
  const room = rooms.find(consultationIdOf(event.roomName) ?? '');
  const member = room?.member(event.identity);
  if (room === undefined || member === undefined) return undefined;
  const published = event.type === 'track-published';
  return {
    ...memberFact(room, member, published ? 'track.published' : 'track.unpublished'),
    target: event.source,
  };
}
