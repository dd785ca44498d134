/** When the consultation is, as a patient says it: "hoy 10:30", "mañana 10:30", "jueves 26 de noviembre, 10:30". */
import { useTranslation } from 'react-i18next';
import { addDays } from '../../components/calendar.ts';
import { formatDayWithin, formatTime, isSameDay } from '../../components/format.ts';

/** @returns what says a moment, ISO 8601, in the reader's language. */
export function useWhen(): (moment: string) => string {
  const { t, i18n } = useTranslation();
  return (moment) => {
    const date = new Date(moment);
    const time = formatTime(date, i18n.language);
    const today = new Date();
    if (isSameDay(date, today)) return t('patient.today', { time });
    if (isSameDay(date, addDays(today, 1))) return t('patient.tomorrow', { time });
    return t('patient.onDay', { time, day: formatDayWithin(date, i18n.language) });
  };
}
