/** Starting a consultation: nothing is needed but one press; names help everybody recognise it. */
import { CircleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TransportChoice } from '../../../shared/contract/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import { Select } from '../../components/select.tsx';

export interface NewConsultation {
  readonly patientName: string;
  readonly doctorName: string;
  readonly transport: TransportChoice;
}

export interface NewConsultationDialogProps {
  readonly doctorName: string;
  /** Why a consultation cannot go through the server now; absent when it can. */
  readonly serverUnavailable?: string | undefined;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  readonly onCreate: (consultation: NewConsultation) => void;
  readonly onClose: () => void;
}

export function NewConsultationDialog(props: NewConsultationDialogProps) {
  const { t } = useTranslation();
  const [patientName, setPatientName] = useState('');
  const [doctorName, setDoctorName] = useState(props.doctorName);
  const [transport, setTransport] = useState<TransportChoice>('auto');
  const transports: readonly { readonly id: TransportChoice; readonly label: string }[] = [
    { id: 'auto', label: t('newConsultation.auto') },
    { id: 'p2p', label: t('newConsultation.direct') },
    ...(props.serverUnavailable ? [] : [{ id: 'sfu' as const, label: t('newConsultation.server') }]),
  ];
  return (
    <Dialog title={t('newConsultation.title')} onClose={props.onClose}>
      <form
        className="stack stack--16"
        onSubmit={(event) => {
          event.preventDefault();
          if (!props.busy)
            props.onCreate({ patientName: patientName.trim(), doctorName: doctorName.trim(), transport });
        }}
      >
        <Field
          label={t('newConsultation.patient')}
          hint={t('newConsultation.patientHint')}
          data-autofocus
          maxLength={120}
          autoComplete="off"
          value={patientName}
          onChange={(event) => setPatientName(event.target.value)}
        />
        <Field
          label={t('newConsultation.doctor')}
          hint={t('newConsultation.doctorHint')}
          maxLength={120}
          value={doctorName}
          onChange={(event) => setDoctorName(event.target.value)}
        />
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
          <Button type="submit" look="primary" disabled={props.busy}>
            {t(props.busy ? 'newConsultation.creating' : 'newConsultation.create')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
