/** Says a moment as people do: the time alone when it is of today, the day with it otherwise. */
import { useTranslation } from 'react-i18next';
import { formatDayWithin, formatTime, isSameDay } from '../../components/format.ts';

/** @param now ms since the epoch. */
export function useWhen(now: number): (timestamp: string) => string {
  const { i18n } = useTranslation();
  return (timestamp) => {
    const date = new Date(timestamp);
    const time = formatTime(date, i18n.language);
    return isSameDay(date, new Date(now)) ? time : `${formatDayWithin(date, i18n.language)}, ${time}`;
  };
}
