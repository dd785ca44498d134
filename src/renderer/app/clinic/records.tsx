/** The history: what ended, or everything of one patient. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppointmentActions } from '../../screens/clinic/appointment.tsx';
import type { KnownPatient } from '../../screens/clinic/new-consultation-dialog.tsx';
import { type Ending, PatientRecordsScreen, RecordsScreen } from '../../screens/clinic/records-screen.tsx';
import { problemText } from '../problems.ts';
import { usePatientRecords, useRecords } from './consultation-lists.ts';

interface RecordsProps {
  readonly now: number;
  readonly actions: AppointmentActions;
}

export function Records({ now, actions }: RecordsProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [ending, setEnding] = useState<Ending>('all');
  const list = useRecords(search, ending);
  return (
    <RecordsScreen
      {...actions}
      search={search}
      onSearch={setSearch}
      ending={ending}
      onEnding={setEnding}
      consultations={list.data?.consultations}
      problem={list.error === undefined ? undefined : t(problemText(list.error))}
      onRetry={list.refresh}
      onMore={list.more}
      now={now}
    />
  );
}

export function PatientRecords({
  patientId,
  now,
  actions,
  onNew,
}: RecordsProps & { readonly patientId: string; readonly onNew: (patient: KnownPatient) => void }) {
  const { t } = useTranslation();
  const list = usePatientRecords(patientId);
  const named = list.data?.consultations.find(({ patientName }) => patientName !== undefined);
  const latest = list.data?.consultations[0];
  return (
    <PatientRecordsScreen
      {...actions}
      patientName={named?.patientName}
      consultations={list.data?.consultations}
      problem={list.error === undefined ? undefined : t(problemText(list.error))}
      onRetry={list.refresh}
      onMore={list.more}
      now={now}
      onNew={() =>
        onNew({
          patientId,
          patientName: named?.patientName ?? '',
          latest: latest?.scheduledAt ?? latest?.createdAt ?? new Date(now).toISOString(),
        })
      }
    />
  );
}
