/** The agenda with its data: which day or week is looked at, what is searched, and what the host answers. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { WaitingPatient } from '../../../shared/contract/waiting-room.ts';
import { startOfDay, startOfWeek } from '../../components/calendar.ts';
import { AgendaScreen, type AgendaView } from '../../screens/clinic/agenda-screen.tsx';
import type { AppointmentActions } from '../../screens/clinic/appointment.tsx';
import { problemText } from '../problems.ts';
import { isTyping } from '../typing.ts';
import { useAgenda } from './consultation-lists.ts';

/** What somebody chose to look at. Without a date it is today, also after midnight. */
export interface ChosenView {
  readonly span: AgendaView['span'];
  readonly date?: Date;
}

function viewOf(span: AgendaView['span'], date: Date): AgendaView {
  return { span, date: span === 'week' ? startOfWeek(date) : startOfDay(date) };
}

export interface AgendaProps {
  readonly chosen: ChosenView;
  readonly onChoose: (view: ChosenView) => void;
  /** ms since the epoch. */
  readonly now: number;
  readonly waiting: readonly WaitingPatient[];
  readonly actions: AppointmentActions;
  readonly onNew: () => void;
  /** The waiting room card. */
  readonly aside: ReactNode;
}

export function Agenda({ chosen, onChoose, now, waiting, actions, onNew, aside }: AgendaProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const searchField = useRef<HTMLInputElement>(null);
  const view = viewOf(chosen.span, chosen.date ?? new Date(now));
  const agenda = useAgenda(view, search);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== '/' || isTyping(event)) return;
      event.preventDefault();
      searchField.current?.focus();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);

  const choose = (next: ChosenView) => {
    setSearch('');
    onChoose(next);
  };
  return (
    <AgendaScreen
      {...actions}
      view={view}
      // From the day of today to its week and back it stays the one of now.
      onView={({ span, date }) =>
        choose(span !== view.span && chosen.date === undefined ? { span } : { span, date })
      }
      onToday={() => choose({ span: view.span })}
      search={search}
      onSearch={setSearch}
      searchField={searchField}
      searched={agenda.searched}
      consultations={agenda.data?.consultations}
      more={agenda.data?.nextCursor !== undefined}
      problem={agenda.error === undefined ? undefined : t(problemText(agenda.error))}
      onRetry={agenda.refresh}
      now={now}
      waiting={waiting}
      onNew={onNew}
      aside={aside}
    />
  );
}
