/** Sharing the host on the clinic's network: switched here, with the address to give people and how to trust it. */
import { CircleAlert, Lock } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Destination, DestinationReason, NetworkStatus } from '../../../shared/contract/network.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Fingerprint } from '../../components/fingerprint.tsx';
import { Notice } from '../../components/notice.tsx';

export interface NetworkSettingsProps {
  /** Undefined until known. */
  readonly status: NetworkStatus | undefined;
  /** Where the host speaks to outside this computer; undefined until known. */
  readonly destinations: readonly Destination[] | undefined;
  /** While a switch is on its way. */
  readonly busy: boolean;
  /** Why it could not be switched, in words. */
  readonly problem: string | undefined;
  readonly onShare: (sharing: boolean) => void;
  readonly onCopy: (text: string) => Promise<void>;
}

const reasonWords: Readonly<Record<DestinationReason, string>> = {
  tracking: 'network.tracking',
  accounts: 'network.accounts',
  recordings: 'network.recordings',
  'video-server': 'network.videoServer',
  redis: 'network.redis',
  'video-server-download': 'network.videoServerDownload',
};

function Destinations({ destinations }: { readonly destinations: readonly Destination[] }) {
  const { t } = useTranslation();
  return (
    <div className="setting">
      <div className="setting__more stack">
        <h3>{t('network.outside')}</h3>
        {destinations.length === 0 ? (
          <p className="small muted">{t('network.nothingOutside')}</p>
        ) : (
          <ul className="outside small">
            {destinations.map(({ reason, host }) => (
              <li key={reason + host} className="stack stack--2">
                <span className="code">{host}</span>
                <span className="muted">{t(reasonWords[reason])}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

/** The beginning is what people compare by eye: 48 bits, in pairs. */
function spoken(fingerprint: string): string {
  return (fingerprint.slice(0, 12).toUpperCase().match(/../g) ?? []).join(' ');
}

export function NetworkSettings({
  status,
  destinations,
  busy,
  problem,
  onShare,
  onCopy,
}: NetworkSettingsProps) {
  const { t } = useTranslation();
  const id = useId();
  const [url, ...others] = status?.urls ?? [];
  return (
    <section aria-labelledby={`${id}-network`}>
      <h2 id={`${id}-network`}>{t('network.title')}</h2>
      <div className="card">
        <div className="setting">
          <div className="stack">
            <h3 id={`${id}-share`}>{t('network.share')}</h3>
            <p className="small muted">{t(status?.sharing ? 'network.sharedText' : 'network.shareText')}</p>
          </div>
          <input
            className="switch"
            type="checkbox"
            role="switch"
            aria-checked={status?.sharing ?? false}
            aria-labelledby={`${id}-share`}
            checked={status?.sharing ?? false}
            disabled={status === undefined || busy}
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
        {url === undefined ? null : (
          <div className="setting">
            <div className="setting__more stack">
              <div className="address">
                <span className="code">{url}</span>
                <CopyButton iconOnly label={t('network.copy')} onCopy={() => onCopy(url)} />
              </div>
              {others.length > 0 ? (
                <p className="small muted">{t('network.others', { urls: others.join(', ') })}</p>
              ) : null}
              {status?.fingerprint === undefined ? (
                <p className="small muted">{t('network.ownCertificate')}</p>
              ) : (
                <>
                  <p className="small muted row">
                    <Lock className="icon icon--small" aria-hidden="true" />
                    <span>
                      {t('network.fingerprint')} <span className="code">{spoken(status.fingerprint)}</span>
                    </span>
                  </p>
                  <details className="small muted">
                    <summary>{t('network.browsers')}</summary>
                    <div className="stack stack--8">
                      <p>{t('network.browsersText')}</p>
                      <div className="address">
                        <span className="code">{`${url}/trust`}</span>
                        <CopyButton
                          iconOnly
                          label={t('network.copyTrust')}
                          onCopy={() => onCopy(`${url}/trust`)}
                        />
                      </div>
                      <p>{t('network.wholeFingerprint')}</p>
                      <Fingerprint value={status.fingerprint} />
                    </div>
                  </details>
                </>
              )}
            </div>
          </div>
        )}
        {destinations === undefined ? null : <Destinations destinations={destinations} />}
      </div>
    </section>
  );
}
