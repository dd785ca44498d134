/** What one accepts before entering, in plain words. Loaded when somebody wants to read it. */
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../components/dialog.tsx';

const patientTerms = [
  'terms.care',
  'terms.emergency',
  'terms.private',
  'terms.recording',
  'terms.leave',
] as const;
const observerTerms = ['terms.observe', 'terms.secret', 'terms.noRecording', 'terms.leave'] as const;

export interface TermsDialogProps {
  readonly observer: boolean;
  readonly onClose: () => void;
}

export default function TermsDialog({ observer, onClose }: TermsDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('terms.title')} onClose={onClose}>
      <ul className="terms">
        {(observer ? observerTerms : patientTerms).map((key) => (
          <li key={key}>{t(key)}</li>
        ))}
      </ul>
    </Dialog>
  );
}
