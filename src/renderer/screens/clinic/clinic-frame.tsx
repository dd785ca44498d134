/** The clinic window's frame: the rail with its sections, the host's state and the person. */
import { CalendarDays, Clapperboard, DoorOpen, History, Settings } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../../components/avatar.tsx';
import { Brand } from '../../components/brand.tsx';
import { classes } from '../../components/classes.ts';
import '../../components/styles/clinic.css';

export const sections = ['agenda', 'waiting-room', 'recordings', 'records', 'settings'] as const;
export type Section = (typeof sections)[number];

/** `away`: the host does not answer now. */
export type HostView = 'running' | 'starting' | 'away';

export interface ClinicFrameProps {
  readonly section: Section;
  readonly clinicName: string;
  /** Who works here; empty while nobody has said. */
  readonly personName: string;
  /** What they may do, in a word; absent until known, and on the clinic's own computer. */
  readonly role?: string | undefined;
  readonly waiting: number;
  /** Whether they see what is recorded. */
  readonly recordings: boolean;
  readonly host: HostView;
  /** One short sentence on the video server while it is not ready; nothing when it is. */
  readonly server?: string | undefined;
  readonly children: ReactNode;
}

const entries = [
  { section: 'agenda', icon: CalendarDays, label: 'clinic.agenda' },
  { section: 'waiting-room', icon: DoorOpen, label: 'clinic.waitingRoom' },
  { section: 'recordings', icon: Clapperboard, label: 'clinic.recordings' },
  { section: 'records', icon: History, label: 'clinic.records' },
  { section: 'settings', icon: Settings, label: 'clinic.settings' },
] as const;

const hostWords: Readonly<Record<HostView, string>> = {
  running: 'host.running',
  starting: 'host.starting',
  away: 'host.away',
};

export function ClinicFrame(props: ClinicFrameProps) {
  const { t } = useTranslation();
  const shown = entries.filter(({ section }) => props.recordings || section !== 'recordings');
  return (
    <div className="clinic">
      <nav className="rail" aria-label={t('clinic.sections')}>
        <Brand name={t('common.product')} note={props.clinicName} />
        {shown.map(({ section, icon: Icon, label }) => (
          <a
            key={section}
            className="rail__item"
            href={section === 'agenda' ? '#' : `#${section}`}
            title={t(label)}
            {...(section === props.section ? { 'aria-current': 'page' as const } : {})}
          >
            <Icon />
            <span className="rail__label">{t(label)}</span>
            {section === 'waiting-room' && props.waiting > 0 ? (
              <span className="badge push">
                {props.waiting}
                <span className="visually-hidden"> {t('clinic.waitingBadge', { count: props.waiting })}</span>
              </span>
            ) : null}
          </a>
        ))}
        <div className="rail__foot">
          <div className="rail__host" role="status">
            <span
              className={classes(
                'dot',
                props.host === 'starting' && 'dot--warn',
                props.host === 'away' && 'dot--danger',
              )}
            />
            <span>{t(hostWords[props.host])}</span>
            {props.server ? (
              <>
                <span className="dot dot--warn" />
                <span>{props.server}</span>
              </>
            ) : null}
          </div>
          {props.personName || props.role ? (
            <div className="rail__person" title={props.personName || props.role}>
              <Avatar name={props.personName || (props.role ?? '')} />
              <div>
                <div className="strong">{props.personName || props.role}</div>
                {props.personName && props.role ? <div className="small muted">{props.role}</div> : null}
              </div>
            </div>
          ) : null}
        </div>
      </nav>
      {props.children}
    </div>
  );
}
