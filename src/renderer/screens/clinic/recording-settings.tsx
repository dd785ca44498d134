/** How the clinic keeps recordings and whether it shares them. */
import { CircleAlert } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordingRules } from '../../../shared/contract/recording-library.ts';
import { Notice } from '../../components/notice.tsx';

export interface RecordingSettingsProps {
  /** Undefined until known. */
  readonly rules: RecordingRules | undefined;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onShare: (sharing: boolean) => void;
}

export function RecordingSettings({ rules, busy, problem, onShare }: RecordingSettingsProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <section aria-labelledby={`${id}-recordings`}>
      <h2 id={`${id}-recordings`}>{t('clinic.recordings')}</h2>
      <div className="card">
        <div className="setting">
          <div className="stack">
            <h3 id={`${id}-share`}>{t('recordingSettings.share')}</h3>
            <p className="small muted">{t('recordingSettings.shareText')}</p>
          </div>
          <input
            className="switch"
            type="checkbox"
            role="switch"
            aria-checked={rules?.sharing ?? false}
            aria-labelledby={`${id}-share`}
            checked={rules?.sharing ?? false}
            disabled={rules === undefined || busy || !rules.readable}
            onChange={(event) => onShare(event.target.checked)}
          />
          {problem ? (
            <div className="setting__more">
              <Notice kind="danger" icon={CircleAlert} live>
                {problem}
              </Notice>
            </div>
          ) : null}
        </div>
        {rules === undefined ? null : (
          <div className="setting">
            <div className="stack">
              <h3>{t('recordingSettings.retention')}</h3>
              <p className="small muted">
                {rules.retentionDays === undefined
                  ? t('recordingSettings.forGood')
                  : t('recordingSettings.days', { count: rules.retentionDays })}
              </p>
            </div>
          </div>
        )}
        {rules?.egress === undefined ? null : (
          <div className="setting">
            <div className="stack">
              <h3>{t('recordingSettings.egress')}</h3>
              <p className="small muted">
                {t(
                  rules.egress === 's3' ? 'recordingSettings.egressBucket' : 'recordingSettings.egressFolder',
                )}
              </p>
            </div>
          </div>
        )}
        {rules?.readable === false ? (
          <div className="setting">
            <p className="small muted">{t('recordingSettings.noKey')}</p>
          </div>
        ) : null}
      </div>
    </section>
  );
}
