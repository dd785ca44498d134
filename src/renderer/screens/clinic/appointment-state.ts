/** What to say of a consultation now: in words, with how much it matters. */
import type { TFunction } from 'i18next';
import {
  CalendarX,
  Check,
  Clock,
  ClockAlert,
  DoorOpen,
  Link2,
  type LucideIcon,
  UserX,
  Video,
  Zap,
} from 'lucide-react';
import type { Consultation } from '../../../shared/contract/contract.ts';

const minute = 60_000;
/** A consultation without a planned length is taken to last this long, minutes. */
const usualMinutes = 30;
/** From this long before its time a doctor may want to be in it, ms. */
const soon = 15 * minute;

/** When it is, or, unplanned, when it was made. */
export function timeOf(consultation: Consultation): Date {
  return new Date(consultation.scheduledAt ?? consultation.createdAt);
}

/** How a consultation stands on the clock: a patient is late when its time came, and absent when its time is over. */
export type Standing =
  | 'unplanned'
  | 'later'
  | 'soon'
  | 'late'
  | 'absent'
  | 'waiting'
  | 'live'
  | 'closed'
  | 'cancelled'
  | 'missed';

/** @param now ms since the epoch. */
export function standingOf(consultation: Consultation, now: number): Standing {
  const { state, scheduledAt, durationMinutes = usualMinutes } = consultation;
  if (state !== 'planned') return state;
  if (scheduledAt === undefined) return 'unplanned';
  const begins = Date.parse(scheduledAt);
  if (now >= begins + durationMinutes * minute) return 'absent';
  if (now >= begins + minute) return 'late';
  return now >= begins - soon ? 'soon' : 'later';
}

export interface StateWords {
  readonly icon: LucideIcon;
  readonly text: string;
  readonly tone?: 'ok' | 'warn';
}

/** @param waitingSince when the patient came to the waiting room, ISO 8601. */
export function wordsOf(
  consultation: Consultation,
  now: number,
  waitingSince: string | undefined,
  t: TFunction,
): StateWords {
  const { startedAt, closedAt, scheduledAt, cancelReason } = consultation;
  const minutesSince = (moment: string) => Math.max(0, Math.floor((now - Date.parse(moment)) / minute));
  switch (standingOf(consultation, now)) {
    case 'unplanned':
      return { icon: Zap, text: t('agenda.unplanned') };
    case 'later':
      return { icon: Link2, text: t('agenda.planned') };
    case 'soon':
      return { icon: Clock, text: t('agenda.soon') };
    case 'late':
      return {
        icon: ClockAlert,
        text: t('agenda.late', { count: minutesSince(scheduledAt ?? '') }),
        tone: 'warn',
      };
    case 'absent':
      return { icon: UserX, text: t('agenda.absent'), tone: 'warn' };
    case 'waiting':
      return {
        icon: DoorOpen,
        text:
          waitingSince === undefined
            ? t('agenda.waiting')
            : t('agenda.waitingFor', { count: minutesSince(waitingSince) }),
        tone: 'ok',
      };
    case 'live':
      return {
        icon: Video,
        text:
          startedAt === undefined
            ? t('agenda.live')
            : t('agenda.liveFor', { count: minutesSince(startedAt) }),
        tone: 'ok',
      };
    case 'closed': {
      const took =
        startedAt === undefined || closedAt === undefined
          ? undefined
          : Math.max(1, Math.round((Date.parse(closedAt) - Date.parse(startedAt)) / minute));
      return {
        icon: Check,
        text: took === undefined ? t('agenda.closedUnheld') : t('agenda.closedAfter', { count: took }),
      };
    }
    case 'cancelled':
      return {
        icon: CalendarX,
        text: cancelReason ? t('agenda.cancelledFor', { reason: cancelReason }) : t('agenda.cancelled'),
      };
    case 'missed':
      return { icon: UserX, text: t('agenda.missed') };
  }
}
