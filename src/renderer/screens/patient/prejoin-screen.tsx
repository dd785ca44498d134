/** Before entering: who one is, the terms, and that one will be seen and heard. Observers have no devices to check. */
import { CircleAlert, Eye, Video, VideoOff } from 'lucide-react';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import { Picture } from '../../components/picture.tsx';
import { DeviceChecks, type DeviceChecksProps } from './device-checks.tsx';
import { useWhen } from './when.ts';

const TermsDialog = lazy(() => import('./terms-dialog.tsx'));

export interface Greeting {
  readonly doctorName?: string | undefined;
  readonly title?: string | undefined;
  /** ISO 8601. */
  readonly scheduledAt?: string | undefined;
}

export interface EntryForm {
  readonly greeting: Greeting;
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly accepted: boolean;
  readonly onAccepted: (accepted: boolean) => void;
  readonly entering: boolean;
  /** Why entering did not work, and what to do. */
  readonly problem?: string | undefined;
  readonly onEnter: () => void;
}

export interface PrejoinScreenProps extends EntryForm, DeviceChecksProps {
  readonly cameraTrack?: MediaStreamTrack | undefined;
}

function useHeadline({ doctorName, title, scheduledAt }: Greeting): string {
  const { t } = useTranslation();
  const when = useWhen();
  const who = doctorName ?? title ?? t('prejoin.titleUnknown');
  return scheduledAt ? `${who}, ${when(scheduledAt)}` : who;
}

function Terms({
  accepted,
  onAccepted,
  observer,
}: Pick<EntryForm, 'accepted' | 'onAccepted'> & { readonly observer: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <div>
      <label className="check">
        <input type="checkbox" checked={accepted} onChange={(event) => onAccepted(event.target.checked)} />
        <span>{t(observer ? 'prejoin.acceptObserver' : 'prejoin.accept')}</span>
      </label>
      <button type="button" className="link" onClick={() => setOpen(true)}>
        {t('prejoin.readTerms')}
      </button>
      {open ? (
        <Suspense>
          <TermsDialog observer={observer} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </div>
  );
}

/** The way in: it always answers, and says what is missing. */
function Next({ form, label }: { readonly form: EntryForm; readonly label: string }) {
  const { t } = useTranslation();
  const missing =
    form.name.trim() === '' ? 'prejoin.nameMissing' : form.accepted ? undefined : 'prejoin.termsMissing';
  return (
    <div className="prejoin__next">
      {form.problem ? (
        <Notice kind="danger" icon={CircleAlert} live>
          {form.problem}
        </Notice>
      ) : null}
      <Button
        type="submit"
        look="primary"
        size="large"
        wide
        aria-disabled={missing !== undefined || form.entering}
        {...(missing ? { 'aria-describedby': 'prejoin-missing' } : {})}
      >
        {t(form.entering ? 'prejoin.entering' : label)}
      </Button>
      <p id="prejoin-missing" className="muted" role="status">
        {missing ? t(missing) : null}
      </p>
    </div>
  );
}

function useSubmit(form: EntryForm) {
  const frame = useRef<HTMLFormElement>(null);
  return {
    ref: frame,
    onSubmit: (event: { preventDefault(): void }) => {
      event.preventDefault();
      if (form.entering) return;
      if (form.name.trim() === '')
        frame.current?.querySelector<HTMLInputElement>('input[name="name"]')?.focus();
      else if (!form.accepted)
        frame.current?.querySelector<HTMLInputElement>('input[type="checkbox"]')?.focus();
      else form.onEnter();
    },
  };
}

function NameField({ form, observer }: { readonly form: EntryForm; readonly observer: boolean }) {
  const { t } = useTranslation();
  return (
    <Field
      label={t(observer ? 'prejoin.nameObserver' : 'prejoin.name')}
      name="name"
      touch
      autoComplete="name"
      maxLength={120}
      value={form.name}
      onChange={(event) => form.onName(event.target.value)}
    />
  );
}

export function PrejoinScreen({ cameraTrack, ...props }: PrejoinScreenProps) {
  const { t } = useTranslation();
  const headline = useHeadline(props.greeting);
  const submit = useSubmit(props);
  const { media } = props;
  const cameraOn = media.camera.wanted;
  const CameraIcon = cameraOn ? Video : VideoOff;
  return (
    <form className="prejoin" {...submit}>
      <div className="prejoin__title">
        <h1 className="headline">{headline}</h1>
        <p className="muted">{t('prejoin.text')}</p>
      </div>
      <section className="stack stack--16" aria-label={t('prejoin.you')}>
        <Picture
          className="preview"
          label={t('prejoin.yourCamera')}
          track={cameraTrack}
          mirrored
          empty={
            <>
              <VideoOff className="icon--large" />
              <span>
                {t(
                  media.camera.state === 'starting'
                    ? 'checks.starting'
                    : cameraOn
                      ? 'prejoin.noPicture'
                      : 'checks.cameraOff',
                )}
              </span>
            </>
          }
        >
          <div className="preview__controls">
            <button type="button" onClick={() => props.onCamera(!cameraOn)}>
              <CameraIcon />
              {t(cameraOn ? 'prejoin.cameraOff' : 'prejoin.cameraOn')}
            </button>
          </div>
        </Picture>
        <NameField form={props} observer={false} />
      </section>
      <section className="prejoin__go" aria-label={t('checks.title')}>
        <DeviceChecks {...props} />
        <Terms accepted={props.accepted} onAccepted={props.onAccepted} observer={false} />
        <Next form={props} label="prejoin.enter" />
      </section>
    </form>
  );
}

export function ObserverDoorScreen(form: EntryForm & { readonly patientName?: string | undefined }) {
  const { t } = useTranslation();
  const headline = useHeadline(form.greeting);
  const submit = useSubmit(form);
  return (
    <form className="prejoin--single" {...submit}>
      <div className="prejoin__title">
        <h1 className="headline">{headline}</h1>
        <p className="muted">
          {form.patientName ? t('observer.invitedTo', { name: form.patientName }) : t('observer.invited')}
        </p>
      </div>
      <Notice icon={Eye}>
        <span className="strong">{t('observer.only')}</span> {t('observer.noDevices')}
      </Notice>
      <NameField form={form} observer />
      <Terms accepted={form.accepted} onAccepted={form.onAccepted} observer />
      <Next form={form} label="prejoin.enter" />
    </form>
  );
}
