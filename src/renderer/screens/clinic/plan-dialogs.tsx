/** Changing the plan of a consultation: another time, corrected names, or not at all. */
import { CircleAlert } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consultation } from '../../../shared/contract/contract.ts';
import { Button } from '../../components/button.tsx';
import { momentOf, nextQuarter, toDateInput, toTimeInput } from '../../components/calendar.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { formatDay, formatTime } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { timeOf } from './appointment-state.ts';
import { usualLength, type When, WhenFields } from './when-fields.tsx';

interface PlanDialogProps<Wish> {
  readonly consultation: Consultation;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  readonly onSave: (wish: Wish) => void;
  readonly onClose: () => void;
}

export interface NewTime {
  /** ISO 8601. */
  readonly scheduledAt: string;
  readonly durationMinutes: number;
}

export interface CorrectedNames {
  readonly patientName: string | null;
  readonly doctorName: string | null;
  readonly title: string | null;
}

function Form({
  problem,
  onSubmit,
  children,
}: {
  readonly problem: string | undefined;
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}) {
  return (
    <form
      className="stack stack--16"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {problem ? (
        <Notice kind="danger" icon={CircleAlert} live>
          {problem}
        </Notice>
      ) : null}
      {children}
    </form>
  );
}

function useWhoAndWhen(consultation: Consultation): string {
  const { t, i18n } = useTranslation();
  const time = timeOf(consultation);
  return t('plan.whoAndWhen', {
    name: consultation.patientName ?? t('agenda.noName'),
    day: formatDay(time, i18n.language),
    time: formatTime(time, i18n.language),
  });
}

/** @param now ms since the epoch; a time before it is not offered. */
export function RescheduleDialog({
  consultation,
  busy,
  problem,
  now,
  onSave,
  onClose,
}: PlanDialogProps<NewTime> & { readonly now: number }) {
  const { t } = useTranslation();
  const whoAndWhen = useWhoAndWhen(consultation);
  const [when, setWhen] = useState<When>(() => {
    const planned = timeOf(consultation);
    const start = planned.getTime() > now ? planned : nextQuarter(new Date(now));
    return {
      date: toDateInput(start),
      time: toTimeInput(start),
      minutes: consultation.durationMinutes ?? usualLength,
    };
  });
  const moment = momentOf(when.date, when.time);
  const past = moment !== undefined && moment.getTime() < now - 60_000;
  return (
    <Dialog title={t('plan.rescheduleTitle')} description={whoAndWhen} onClose={onClose}>
      <Form
        problem={problem}
        onSubmit={() => {
          if (busy || past || moment === undefined) return;
          onSave({ scheduledAt: moment.toISOString(), durationMinutes: when.minutes });
        }}
      >
        <WhenFields value={when} onChange={setWhen} error={past ? t('when.past') : undefined} autoFocus />
        <p className="small muted">{t('plan.sameLink')}</p>
        <div className="row">
          <Button className="push" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" disabled={busy || past || moment === undefined}>
            {t('plan.reschedule')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

export function CancelDialog({
  consultation,
  busy,
  problem,
  onSave,
  onClose,
}: PlanDialogProps<{ readonly reason: string | undefined }>) {
  const { t } = useTranslation();
  const whoAndWhen = useWhoAndWhen(consultation);
  const [reason, setReason] = useState('');
  return (
    <Dialog title={t('plan.cancelTitle')} description={whoAndWhen} onClose={onClose}>
      <Form
        problem={problem}
        onSubmit={() => {
          if (!busy) onSave({ reason: reason.trim() || undefined });
        }}
      >
        <p>{t(consultation.state === 'waiting' ? 'plan.cancelWaiting' : 'plan.cancelText')}</p>
        <Field
          label={t('plan.reason')}
          hint={t('plan.reasonHint')}
          data-autofocus
          maxLength={300}
          autoComplete="off"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <div className="row">
          <Button className="push" onClick={onClose}>
            {t('plan.keep')}
          </Button>
          <Button type="submit" look="danger" disabled={busy}>
            {t('plan.cancel')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

export function CorrectDialog({
  consultation,
  busy,
  problem,
  onSave,
  onClose,
}: PlanDialogProps<CorrectedNames>) {
  const { t } = useTranslation();
  const [patientName, setPatientName] = useState(consultation.patientName ?? '');
  const [doctorName, setDoctorName] = useState(consultation.doctorName ?? '');
  const [title, setTitle] = useState(consultation.title ?? '');
  const field = (value: string, set: (text: string) => void) => ({
    maxLength: 120,
    autoComplete: 'off',
    value,
    onChange: (event: { readonly target: { readonly value: string } }) => set(event.target.value),
  });
  return (
    <Dialog title={t('plan.correctTitle')} onClose={onClose}>
      <Form
        problem={problem}
        onSubmit={() => {
          if (busy) return;
          onSave({
            patientName: patientName.trim() || null,
            doctorName: doctorName.trim() || null,
            title: title.trim() || null,
          });
        }}
      >
        <Field label={t('plan.patient')} data-autofocus {...field(patientName, setPatientName)} />
        <Field label={t('plan.doctor')} {...field(doctorName, setDoctorName)} />
        <Field
          label={t('newConsultation.reason')}
          hint={t('newConsultation.reasonHint')}
          {...field(title, setTitle)}
        />
        <div className="row">
          <Button className="push" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" look="primary" disabled={busy}>
            {t('plan.save')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
