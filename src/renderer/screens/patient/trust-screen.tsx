/** Why a browser warns about the clinic, and how to have it trust the clinic, for each system. */
import { CircleCheck, CloudOff, Download, RefreshCw, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Fingerprint } from '../../components/fingerprint.tsx';
import { Notice } from '../../components/notice.tsx';
import { MessageScreen } from './message-screen.tsx';

export const platforms = ['windows', 'mac', 'iphone', 'android', 'firefox'] as const;
export type Platform = (typeof platforms)[number];

export interface TrustScreenProps {
  /** The clinic's certificate authority. */
  readonly authority:
    | { readonly name: 'asking' | 'none' | 'failed' }
    | { readonly name: 'found'; readonly fingerprint: string };
  /** The reader's own first. */
  readonly platforms: readonly Platform[];
  readonly certificateAddress: string;
  readonly onRetry: () => void;
}

const names: Readonly<Record<Platform, string>> = {
  windows: 'Windows (Chrome, Edge)',
  mac: 'Mac (Safari, Chrome)',
  iphone: 'iPhone, iPad',
  android: 'Android (Chrome)',
  firefox: 'Firefox',
};

const steps: Readonly<Record<Platform, readonly string[]>> = {
  windows: ['trust.windows1', 'trust.windows2', 'trust.windows3'],
  mac: ['trust.mac1', 'trust.mac2', 'trust.mac3'],
  iphone: ['trust.iphone1', 'trust.iphone2', 'trust.iphone3'],
  android: ['trust.android1', 'trust.android2', 'trust.android3'],
  firefox: ['trust.firefox1', 'trust.firefox2', 'trust.firefox3'],
};

export function TrustScreen({ authority, platforms, certificateAddress, onRetry }: TrustScreenProps) {
  const { t } = useTranslation();
  switch (authority.name) {
    case 'asking':
      return (
        <p className="muted" role="status">
          {t('trust.asking')}
        </p>
      );
    case 'none':
      return <MessageScreen icon={CircleCheck} title={t('trust.noneTitle')} text={t('trust.noneText')} />;
    case 'failed':
      return (
        <MessageScreen
          icon={CloudOff}
          kind="warn"
          title={t('trust.failedTitle')}
          text={t('trust.failedText')}
        >
          <Button look="primary" size="large" wide icon={RefreshCw} onClick={onRetry}>
            {t('trust.retry')}
          </Button>
        </MessageScreen>
      );
    case 'found':
      return (
        <div className="trust">
          <section className="stack stack--24">
            <div className="stack stack--8">
              <h1 className="headline">{t('trust.title')}</h1>
              <p className="muted">{t('trust.why')}</p>
            </div>
            <p>{t('trust.optional')}</p>
            <div className="stack stack--8">
              <h2>{t('trust.fingerprint')}</h2>
              <Fingerprint value={authority.fingerprint} />
              <p className="muted">{t('trust.compare')}</p>
            </div>
            <Notice kind="warn" icon={TriangleAlert}>
              {t('trust.unproved')}
            </Notice>
          </section>
          <section className="stack stack--16">
            <h2>{t('trust.steps')}</h2>
            <a
              className="button button--primary button--large button--wide"
              href={certificateAddress}
              download
            >
              <Download />
              {t('trust.download')}
            </a>
            {platforms.map((platform, index) => (
              <details key={platform} className="card trust__platform" open={index === 0}>
                <summary>{names[platform]}</summary>
                <ol className="steps">
                  {steps[platform].map((key) => (
                    <li key={key}>
                      <p>{t(key)}</p>
                    </li>
                  ))}
                </ol>
              </details>
            ))}
            <p className="small muted">{t('trust.undo')}</p>
          </section>
        </div>
      );
  }
}
