/** A consultation for now or for later: nothing is needed but one press; names help everybody recognise it. */
import { CircleAlert, UserCheck } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TransportChoice } from '../../../shared/contract/contract.ts';
import { Button } from '../../components/button.tsx';
import { momentOf, nextQuarter, startOfDay, toDateInput, toTimeInput } from '../../components/calendar.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { formatShortDate } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { Select } from '../../components/select.tsx';
import { usualLength, type When, WhenFields } from './when-fields.tsx';

/** Somebody who had a consultation here. */
export interface KnownPatient {
  readonly patientId: string;
  readonly patientName: string;
  /** The time of their latest consultation, ISO 8601. */
  readonly latest: string;
}

export interface NewConsultation {
  /** Absent for somebody who was never here. */
  readonly patientId?: string;
  readonly patientName: string;
  readonly doctorName: string;
  readonly title: string;
  readonly transport: TransportChoice;
  /** Absent for now. */
  readonly planned?: { readonly scheduledAt: string; readonly durationMinutes: number };
}

export interface NewConsultationDialogProps {
  readonly doctorName: string;
  /** Whose consultation it is, when that is known from the start. */
  readonly patient?: KnownPatient | undefined;
  /** The day that is being looked at; one to come means that the consultation is for that day. */
  readonly day?: Date | undefined;
  /** People known by the name as written so far. */
  readonly known: readonly KnownPatient[];
  readonly onName: (text: string) => void;
  /** Why a consultation cannot go through the server now; absent when it can. */
  readonly serverUnavailable?: string | undefined;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  readonly onCreate: (consultation: NewConsultation) => void;
  readonly onClose: () => void;
}

function firstTime(day: Date | undefined, now: Date): When {
  const quarter = nextQuarter(now);
  const later = day !== undefined && startOfDay(day) > startOfDay(now);
  return {
    date: toDateInput(later ? day : quarter),
    time: later ? '09:00' : toTimeInput(quarter),
    minutes: usualLength,
  };
}

export function NewConsultationDialog(props: NewConsultationDialogProps) {
  const { t, i18n } = useTranslation();
  const [patient, setPatient] = useState(props.patient);
  const [patientName, setPatientName] = useState(props.patient?.patientName ?? '');
  const [doctorName, setDoctorName] = useState(props.doctorName);
  const [title, setTitle] = useState('');
  const [transport, setTransport] = useState<TransportChoice>('auto');
  const [when, setWhen] = useState(() => firstTime(props.day, new Date()));
  const [later, setLater] = useState(
    () => props.day !== undefined && startOfDay(props.day) > startOfDay(new Date()),
  );
  const moment = momentOf(when.date, when.time);
  const past = later && moment !== undefined && moment.getTime() < Date.now() - 60_000;
  const transports: readonly { readonly id: TransportChoice; readonly label: string }[] = [
    { id: 'auto', label: t('newConsultation.auto') },
    { id: 'p2p', label: t('newConsultation.direct') },
    ...(props.serverUnavailable ? [] : [{ id: 'sfu' as const, label: t('newConsultation.server') }]),
  ];
  const rename = (text: string) => {
    setPatientName(text);
    setPatient(undefined);
    props.onName(text);
  };
  const latestOf = ({ latest }: KnownPatient) => formatShortDate(new Date(latest), i18n.language);
  return (
    <Dialog title={t('newConsultation.title')} onClose={props.onClose}>
      <form
        className="stack stack--16"
        onSubmit={(event) => {
          event.preventDefault();
          if (props.busy || past || (later && moment === undefined)) return;
          props.onCreate({
            ...(patient ? { patientId: patient.patientId } : {}),
            patientName: patientName.trim(),
            doctorName: doctorName.trim(),
            title: title.trim(),
            transport,
            ...(later && moment
              ? { planned: { scheduledAt: moment.toISOString(), durationMinutes: when.minutes } }
              : {}),
          });
        }}
      >
        <div className="stack stack--8">
          <Field
            label={t('newConsultation.patient')}
            hint={
              patient
                ? t('newConsultation.knownPatient', { date: latestOf(patient) })
                : t('newConsultation.patientHint')
            }
            data-autofocus
            maxLength={120}
            autoComplete="off"
            value={patientName}
            onChange={(event) => rename(event.target.value)}
          />
          {patient === undefined && props.known.length > 0 ? (
            <fieldset className="known">
              <legend className="field__label">{t('newConsultation.known')}</legend>
              {props.known.map((one) => (
                <Button
                  key={one.patientId}
                  size="small"
                  icon={UserCheck}
                  onClick={() => {
                    setPatient(one);
                    setPatientName(one.patientName);
                  }}
                >
                  {t('newConsultation.knownOne', { name: one.patientName, date: latestOf(one) })}
                </Button>
              ))}
            </fieldset>
          ) : null}
        </div>
        <div className="field">
          <span className="field__label">{t('newConsultation.when')}</span>
          <div>
            <Segmented
              label={t('newConsultation.when')}
              choices={[
                { id: 'now', label: t('newConsultation.now') },
                { id: 'later', label: t('newConsultation.later') },
              ]}
              value={later ? 'later' : 'now'}
              onChange={(id) => setLater(id === 'later')}
            />
          </div>
        </div>
        {later ? (
          <WhenFields value={when} onChange={setWhen} error={past ? t('when.past') : undefined} />
        ) : null}
        <div className="pair">
          <Field
            label={t('newConsultation.reason')}
            hint={t('newConsultation.reasonHint')}
            maxLength={120}
            autoComplete="off"
            value={title}
            onChange={(event) => setTitle(event.target.value)}
          />
          <Field
            label={t('newConsultation.doctor')}
            hint={t('newConsultation.doctorHint')}
            maxLength={120}
            value={doctorName}
            onChange={(event) => setDoctorName(event.target.value)}
          />
        </div>
        <div className="field">
          <span className="field__label">{t('newConsultation.transport')}</span>
          <Select
            boxed
            label={t('newConsultation.transport')}
            choices={transports}
            value={transport}
            onChange={(id) => setTransport(transports.find((one) => one.id === id)?.id ?? 'auto')}
          />
          {props.serverUnavailable ? <p className="field__hint">{props.serverUnavailable}</p> : null}
        </div>
        {props.problem ? (
          <Notice kind="danger" icon={CircleAlert} live>
            {props.problem}
          </Notice>
        ) : null}
        <div className="row">
          <Button className="push" onClick={props.onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" disabled={props.busy || past}>
            {t(props.busy ? 'newConsultation.creating' : 'newConsultation.create')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
