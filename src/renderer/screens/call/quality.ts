/** The quality one side's bars show, from what is known of it. */
import type { CallSnapshot, RemoteParticipantView } from '../../call/call.ts';
import { type QualityLevel, toQualityLevel } from '../../components/words.ts';

/** Of another person: what we measure on what comes from them, or what they tell of themselves. */
export function qualityOf(person: RemoteParticipantView): QualityLevel | undefined {
  if (person.link.name === 'lost') return 0;
  const level = person.quality?.level ?? person.participant.quality?.level;
  return level === undefined ? undefined : toQualityLevel(level);
}

/** Of the whole call, for who needs one word only: the worst of those who send. */
export function qualityOfCall(call: CallSnapshot): QualityLevel | undefined {
  if (call.mediaLink.name === 'lost') return 0;
  const levels = call.remotes
    .filter(({ participant }) => participant.role !== 'observer')
    .map(qualityOf)
    .filter((level) => level !== undefined);
  return levels.length === 0 ? undefined : (Math.min(...levels) as QualityLevel);
}
