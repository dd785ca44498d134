/** Settings that exist: who one is, how it looks, and how the host and the video server are. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveKitStatus } from '../../../shared/contract/contract.ts';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { formatClock } from '../../components/format.ts';
import { Segmented } from '../../components/segmented.tsx';
import type { HostView } from './clinic-frame.tsx';

export type ThemeChoice = 'system' | 'light' | 'dark';

export interface SettingsScreenProps {
  /** Absent for those who see no patients. */
  readonly doctor?: { readonly name: string; readonly onName: (name: string) => void } | undefined;
  /** Absent for those who may not name the clinic. */
  readonly clinic?: { readonly name: string; readonly onName: (name: string) => void } | undefined;
  /** The paired computers, for those who look after them. */
  readonly devices?: ReactNode;
  /** What this computer is paired as; absent on the clinic's own. */
  readonly own?: ReactNode;
  readonly theme: ThemeChoice;
  readonly onTheme: (theme: ThemeChoice) => void;
  readonly onLanguage: (language: 'es' | 'en') => void;
  readonly host: {
    readonly state: HostView;
    /** Seconds. */
    readonly uptime?: number | undefined;
    readonly rooms?: number | undefined;
    readonly people?: number | undefined;
    /** What the desktop shell says when the host could not start. */
    readonly problem?: string | undefined;
  };
  /** Undefined until known. */
  readonly livekit: LiveKitStatus | undefined;
  readonly onRetry: () => void;
  /** How the host is shared on the network. */
  readonly network: ReactNode;
  /** How recordings are kept; absent for those who do not look after it. */
  readonly recordings?: ReactNode;
  /** How tracking goes; absent for those who do not look after it. */
  readonly tracking?: ReactNode;
  /** How the uploading of recordings goes; absent for the same people. */
  readonly recordingStorage?: ReactNode;
  /** Shows the way to the audit log. */
  readonly audit?: boolean;
  /** What only the clinic's own computer has. */
  readonly computer?: ReactNode;
}

const hostWords: Readonly<Record<HostView, string>> = {
  running: 'host.running',
  starting: 'host.starting',
  away: 'host.away',
};

export const livekitWords: Readonly<Record<LiveKitStatus['state'], string>> = {
  absent: 'livekit.absent',
  bringing: 'livekit.bringing',
  starting: 'livekit.starting',
  ready: 'livekit.ready',
  failed: 'livekit.failed',
};
const livekitTexts: Readonly<Record<LiveKitStatus['state'], string>> = {
  absent: 'livekit.absentText',
  bringing: 'livekit.bringingText',
  starting: 'livekit.startingText',
  ready: 'livekit.readyText',
  failed: 'livekit.failedText',
};
const livekitLooks: Readonly<Record<LiveKitStatus['state'], string>> = {
  absent: 'chip--warn',
  bringing: 'chip--accent',
  starting: 'chip--accent',
  ready: 'chip--ok',
  failed: 'chip--danger',
};

function LiveKitSetting({ status }: { readonly status: LiveKitStatus | undefined }) {
  const { t } = useTranslation();
  if (!status) return <div className="setting">{t('livekit.unknown')}</div>;
  const percent = status.progress === undefined ? undefined : Math.round(status.progress * 100);
  const external = status.kind === 'external';
  return (
    <div className="setting">
      <div className="stack">
        <h3>{t(external ? 'livekit.external' : 'livekit.embedded')}</h3>
        <p className="small muted">
          {external && status.state === 'ready' ? t('livekit.externalText') : t(livekitTexts[status.state])}
        </p>
      </div>
      <span className={classes('chip', livekitLooks[status.state])} role="status">
        <span className="dot" />
        {t(livekitWords[status.state])}
        {percent === undefined ? null : <span className="number"> {percent} %</span>}
      </span>
      {percent !== undefined && status.state === 'bringing' ? (
        <div className="setting__more">
          <div
            className="progress"
            role="progressbar"
            aria-label={t('livekit.bringing')}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={percent}
          >
            <i style={{ width: `${percent}%` }} />
          </div>
        </div>
      ) : null}
      {status.detail && status.state !== 'ready' ? (
        <details className="setting__more small muted">
          <summary>{t('livekit.detail')}</summary>
          <p lang="en">{status.detail}</p>
        </details>
      ) : null}
    </div>
  );
}

/** Everybody at the clinic sees it, so it is given when it is finished: on leaving the field, or by Enter. */
function ClinicNameSetting({
  name,
  onName,
}: {
  readonly name: string;
  readonly onName: (name: string) => void;
}) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(name);
  const give = () => {
    const wished = draft.trim();
    if (wished === '') setDraft(name);
    else if (wished !== name) onName(wished);
  };
  return (
    <label className="setting">
      <span className="stack">
        <span className="strong">{t('settings.clinic')}</span>
        <span className="small muted">{t('settings.clinicText')}</span>
      </span>
      <input
        className="input"
        value={draft}
        maxLength={120}
        autoComplete="organization"
        onChange={(event) => setDraft(event.target.value)}
        onBlur={give}
        onKeyDown={(event) => event.key === 'Enter' && give()}
      />
    </label>
  );
}

export function SettingsScreen(props: SettingsScreenProps) {
  const { t, i18n } = useTranslation();
  const { host } = props;
  return (
    <main className="page">
      <header className="page__head">
        <h1>{t('clinic.settings')}</h1>
      </header>
      <div className="settings">
        {props.doctor || props.clinic ? (
          <section aria-labelledby="settings-people">
            <h2 id="settings-people">{t('settings.people')}</h2>
            <div className="card">
              {props.doctor ? (
                <label className="setting">
                  <span className="stack">
                    <span className="strong">{t('settings.doctor')}</span>
                    <span className="small muted">{t('settings.doctorText')}</span>
                  </span>
                  <input
                    className="input"
                    value={props.doctor.name}
                    maxLength={120}
                    autoComplete="name"
                    onChange={(event) => props.doctor?.onName(event.target.value)}
                  />
                </label>
              ) : null}
              {props.clinic ? <ClinicNameSetting key={props.clinic.name} {...props.clinic} /> : null}
            </div>
          </section>
        ) : null}
        {props.devices}
        {props.own}
        <section aria-labelledby="settings-look">
          <h2 id="settings-look">{t('settings.look')}</h2>
          <div className="card">
            <div className="setting">
              <h3>{t('settings.language')}</h3>
              <Segmented
                label={t('settings.language')}
                value={i18n.language.startsWith('en') ? 'en' : 'es'}
                onChange={(id) => props.onLanguage(id === 'en' ? 'en' : 'es')}
                choices={[
                  { id: 'es', label: 'Español' },
                  { id: 'en', label: 'English' },
                ]}
              />
            </div>
            <div className="setting">
              <h3>{t('settings.theme')}</h3>
              <Segmented
                label={t('settings.theme')}
                value={props.theme}
                onChange={(id) => props.onTheme(id === 'light' || id === 'dark' ? id : 'system')}
                choices={[
                  { id: 'system', label: t('settings.themeSystem') },
                  { id: 'light', label: t('settings.themeLight') },
                  { id: 'dark', label: t('settings.themeDark') },
                ]}
              />
            </div>
          </div>
        </section>
        <section aria-labelledby="settings-host">
          <h2 id="settings-host">{t(props.own ? 'settings.hostElsewhere' : 'settings.host')}</h2>
          <div className="card">
            <div className="setting">
              <div className="stack">
                <h3>{t('settings.hostHere')}</h3>
                <p className="small muted">
                  {host.problem ??
                    (host.state === 'away'
                      ? t('host.awayText')
                      : host.uptime === undefined
                        ? t('host.startingText')
                        : t('host.facts', {
                            time: formatClock(host.uptime * 1_000),
                            rooms: t('host.rooms', { count: host.rooms ?? 0 }),
                            people: t('host.people', { count: host.people ?? 0 }),
                          }))}
                </p>
              </div>
              {host.state === 'away' ? (
                <Button onClick={props.onRetry}>{t('common.retry')}</Button>
              ) : (
                <span
                  className={classes('chip', host.state === 'running' ? 'chip--ok' : 'chip--accent')}
                  role="status"
                >
                  <span className="dot" />
                  {t(hostWords[host.state])}
                </span>
              )}
            </div>
          </div>
        </section>
        {props.network}
        <section aria-labelledby="settings-video">
          <h2 id="settings-video">{t('settings.video')}</h2>
          <div className="card">
            <LiveKitSetting status={props.livekit} />
          </div>
        </section>
        {props.recordings}
        {props.recordingStorage}
        {props.tracking}
        {props.audit ? (
          <section aria-labelledby="settings-audit">
            <h2 id="settings-audit">{t('audit.title')}</h2>
            <div className="card">
              <div className="setting">
                <p className="small muted">{t('audit.settingText')}</p>
                <a className="button" href="#settings/audit">
                  {t('audit.open')}
                </a>
              </div>
            </div>
          </section>
        ) : null}
        {props.computer}
      </div>
    </main>
  );
}
