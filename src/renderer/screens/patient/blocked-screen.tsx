/** The browser or the system refuses camera or microphone: where to allow them, step by step, for each browser. */
import { RefreshCw } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Select } from '../../components/select.tsx';

export const browsers = ['chrome', 'edge', 'firefox', 'safari', 'iphone', 'android', 'app'] as const;
export type Browser = (typeof browsers)[number];

export interface BlockedScreenProps {
  readonly blocked: 'camera' | 'microphone' | 'both';
  readonly browser: Browser;
  readonly onRetry: () => void;
  /** Without the blocked devices: one can still see and hear. */
  readonly onEnterWithout: () => void;
  /** Inside the desktop app, where the system's settings can be opened. */
  readonly onOpenSettings?: (() => void) | undefined;
}

const browserNames: Readonly<Record<Exclude<Browser, 'app'>, string>> = {
  chrome: 'Chrome',
  edge: 'Edge',
  firefox: 'Firefox',
  safari: 'Safari',
  iphone: 'iPhone, iPad',
  android: 'Android',
};

const steps: Readonly<Record<Browser, readonly [string, string, string]>> = {
  chrome: ['blocked.chrome1', 'blocked.chrome2', 'blocked.back'],
  edge: ['blocked.edge1', 'blocked.edge2', 'blocked.back'],
  firefox: ['blocked.firefox1', 'blocked.firefox2', 'blocked.back'],
  safari: ['blocked.safari1', 'blocked.safari2', 'blocked.back'],
  iphone: ['blocked.iphone1', 'blocked.iphone2', 'blocked.back'],
  android: ['blocked.android1', 'blocked.android2', 'blocked.back'],
  app: ['blocked.app1', 'blocked.app2', 'blocked.back'],
};

const titles = {
  camera: 'blocked.titleCamera',
  microphone: 'blocked.titleMicrophone',
  both: 'blocked.title',
} as const;
const withoutTexts = {
  camera: 'blocked.withoutCamera',
  microphone: 'blocked.withoutMicrophone',
  both: 'blocked.without',
} as const;

/** A browser's top (or, on the iPhone, bottom) with the place to touch marked, and the two switches. */
function Illustration({ browser }: { readonly browser: Browser }) {
  const { t } = useTranslation();
  const bottom = browser === 'iphone';
  const bar = bottom ? 308 : 0;
  const card = bottom ? 96 : 92;
  const address = browser === 'iphone' || browser === 'android' ? 24 : 104;
  return (
    <figure className="illustration not-phone">
      <svg viewBox="0 0 460 380" role="img" aria-label={t('blocked.illustration')} fill="none">
        <rect width="460" height="380" fill="var(--surface-sunken)" />
        <rect y={bar} width="460" height="72" fill="var(--surface-hover)" />
        {address > 24 ? (
          <path
            d="M42 36H24m8-8-8 8 8 8M62 36h18m-8-8 8 8-8 8"
            stroke="var(--text-subtle)"
            strokeWidth="2"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        ) : null}
        <rect x={address} y={bar + 16} width={440 - address} height="40" rx="20" fill="var(--surface)" />
        <circle cx={address + 22} cy={bar + 36} r="15" fill="var(--accent-soft)" />
        <circle cx={address + 22} cy={bar + 36} r="19" stroke="var(--accent-text)" strokeWidth="2.5" />
        <path
          transform={`translate(${address + 13} ${bar + 27})`}
          d="M1 5h3m5 0h8M1 13h8m5 0h3M6.5 7.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM11.500 15.200a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z"
          stroke="var(--accent-text)"
          strokeWidth="2"
          strokeLinecap="round"
        />
        <text x={address + 54} y={bar + 41} fontSize="15" fill="var(--text)">
          {globalThis.location.hostname}
        </text>
        <rect
          x="84"
          y={card}
          width="292"
          height="176"
          rx="14"
          fill="var(--surface-raised)"
          stroke="var(--border)"
        />
        <text x="108" y={card + 38} fontSize="15" fontWeight="600" fill="var(--text)">
          {t('blocked.permissions')}
        </text>
        <path d={`M84 ${card + 62}h292M84 ${card + 119}h292`} stroke="var(--border)" />
        <text x="108" y={card + 97} fontSize="15" fill="var(--text)">
          {t('common.camera')}
        </text>
        <text x="108" y={card + 154} fontSize="15" fill="var(--text)">
          {t('common.microphone')}
        </text>
        {[card + 79, card + 136].map((top) => (
          <g key={top}>
            <rect x="308" y={top} width="44" height="26" rx="13" fill="var(--accent)" />
            <circle cx="339" cy={top + 13} r="10" fill="#fff" />
          </g>
        ))}
      </svg>
    </figure>
  );
}

export function BlockedScreen(props: BlockedScreenProps) {
  const { t } = useTranslation();
  const [browser, setBrowser] = useState(props.browser);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const inApp = props.browser === 'app';
  return (
    <div className="blocked">
      <section className="stack stack--24">
        <div className="stack stack--8">
          <h1 className="headline" ref={heading} tabIndex={-1}>
            {t(inApp ? 'blocked.titleApp' : titles[props.blocked])}
          </h1>
          <p className="muted">{t('blocked.text')}</p>
        </div>
        {inApp ? null : (
          <div className="field">
            <span className="field__label">{t('blocked.browser')}</span>
            <Select
              label={t('blocked.browser')}
              boxed
              choices={browsers.filter((id) => id !== 'app').map((id) => ({ id, label: browserNames[id] }))}
              value={browser}
              onChange={(id) => setBrowser(id as Browser)}
            />
          </div>
        )}
        <ol className="steps">
          {steps[browser].map((key) => (
            <li key={key}>
              <p>{t(key)}</p>
            </li>
          ))}
        </ol>
        <div className="stack stack--8">
          {props.onOpenSettings ? (
            <Button size="large" wide onClick={props.onOpenSettings}>
              {t('blocked.openSettings')}
            </Button>
          ) : null}
          <Button look="primary" size="large" wide icon={RefreshCw} onClick={props.onRetry}>
            {t('blocked.retry')}
          </Button>
          <Button look="quiet" size="touch" wide onClick={props.onEnterWithout}>
            {t(withoutTexts[props.blocked])}
          </Button>
        </div>
      </section>
      {inApp ? null : <Illustration browser={browser} />}
    </div>
  );
}
