/** What somebody has agreed to, when and to which text: to read, to withdraw and to keep. */
import { Download, EyeOff, Square } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ConsentEntry } from '../../../shared/consent/consent.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { formatDay, formatTime } from '../../components/format.ts';

export type Withdrawable =
  | { readonly name: 'observer'; readonly identity: string; readonly displayName: string }
  | { readonly name: 'recording' };

export interface PermissionsDialogProps {
  /** Oldest first; undefined while they are being fetched. */
  readonly receipts: readonly ConsentEntry[] | undefined;
  /** What holds now and can be taken back. */
  readonly standing: readonly Withdrawable[];
  readonly problem?: string | undefined;
  readonly busy: boolean;
  readonly clinicName: string;
  readonly stage?: boolean;
  readonly onWithdraw: (what: Withdrawable) => void;
  readonly onCopy: (text: string) => Promise<void>;
  /** Absent where nothing can be saved as a file. */
  readonly onSave?: ((text: string) => void) | undefined;
  readonly onClose: () => void;
}

const sentences: Readonly<Record<ConsentEntry['purpose'], Readonly<Record<ConsentEntry['act'], string>>>> = {
  terms: {
    asked: 'receipts.termsAgreed',
    agreed: 'receipts.termsAgreed',
    declined: 'receipts.termsWithdrawn',
    withdrawn: 'receipts.termsWithdrawn',
  },
  observer: {
    asked: 'receipts.observerDeclined',
    agreed: 'receipts.observerAgreed',
    declined: 'receipts.observerDeclined',
    withdrawn: 'receipts.observerWithdrawn',
  },
  recording: {
    asked: 'receipts.recordingAsked',
    agreed: 'receipts.recordingAgreed',
    declined: 'receipts.recordingDeclined',
    withdrawn: 'receipts.recordingWithdrawn',
  },
};

export default function PermissionsDialog(props: PermissionsDialogProps) {
  const { t, i18n } = useTranslation();
  const { receipts } = props;
  const lines = receipts?.map((entry) => {
    const at = new Date(entry.at);
    return {
      key: entry.number,
      what: t(sentences[entry.purpose][entry.act], { name: entry.subjectName ?? '' }),
      when: `${formatDay(at, i18n.language)}, ${formatTime(at, i18n.language)}`,
      version: t('receipts.version', { version: entry.version }),
    };
  });
  const text = [
    t('receipts.title'),
    props.clinicName,
    ...(lines ?? []).map(({ what, when, version }) => `${when}: ${what} (${version})`),
  ].join('\n');
  return (
    <Dialog
      title={t('receipts.title')}
      description={t('receipts.text')}
      stage={props.stage ?? false}
      onClose={props.onClose}
      foot={
        <>
          {props.onSave ? (
            <Button
              size="touch"
              icon={Download}
              disabled={!lines?.length}
              onClick={() => props.onSave?.(text)}
            >
              {t('receipts.save')}
            </Button>
          ) : null}
          <CopyButton size="touch" label={t('common.copy')} onCopy={() => props.onCopy(text)} />
          <Button size="touch" className="push" onClick={props.onClose}>
            {t('common.done')}
          </Button>
        </>
      }
    >
      <div className="stack stack--16">
        {props.standing.map((one) => (
          <div key={one.name === 'observer' ? one.identity : one.name} className="row row--wrap">
            <span className="grow">
              {one.name === 'observer'
                ? t('receipts.nowObserver', { name: one.displayName })
                : t('receipts.nowRecording')}
            </span>
            <Button
              size="touch"
              look="danger-quiet"
              icon={one.name === 'observer' ? EyeOff : Square}
              disabled={props.busy}
              onClick={() => props.onWithdraw(one)}
            >
              {t(one.name === 'observer' ? 'receipts.withdrawObserver' : 'receipts.withdrawRecording')}
            </Button>
          </div>
        ))}
        {props.problem ? <p role="alert">{props.problem}</p> : null}
        {lines === undefined ? (
          props.problem ? null : (
            <p className="muted" role="status">
              {t('receipts.loading')}
            </p>
          )
        ) : lines.length === 0 ? (
          <p className="muted">{t('receipts.none')}</p>
        ) : (
          <ul className="receipts">
            {lines.map(({ key, what, when, version }) => (
              <li key={key}>
                <span className="strong">{what}</span>
                <span className="small muted">
                  {when}. {version}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  );
}
