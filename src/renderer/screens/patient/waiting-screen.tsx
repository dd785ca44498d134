/** The waiting room as the one who waits sees it: calm, with a reason, a way to check the devices and a way out. */
import { Bell, CalendarClock, Eye, MessageSquare, Stethoscope, VideoOff, WifiOff } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../../components/avatar.tsx';
import { Button } from '../../components/button.tsx';
import { formatNumber, useNow } from '../../components/format.ts';
import { LevelMeter } from '../../components/level-meter.tsx';
import { firstNameOf } from '../../components/names.ts';
import { Notice } from '../../components/notice.tsx';
import { Picture } from '../../components/picture.tsx';
import { QualityBars } from '../../components/quality-bars.tsx';
import { networkLevel, type QualityLevel, qualityWords } from '../../components/words.ts';
import { DeviceChecks, type DeviceChecksProps } from './device-checks.tsx';
import { useWhen } from './when.ts';

export interface WaitingScreenProps {
  readonly name: string;
  readonly doctorName?: string | undefined;
  /** The host knows that we are here. */
  readonly joined: boolean;
  /** The doctor's window is open: the arrival has been seen. */
  readonly doctorThere: boolean;
  /** ms since the epoch. */
  readonly since: number;
  /** The connection to the host is lost and is being sought. */
  readonly lost: boolean;
  /** Absent for observers, who have no devices. */
  readonly checks?: DeviceChecksProps | undefined;
  readonly cameraTrack?: MediaStreamTrack | undefined;
  /** ISO 8601. */
  readonly scheduledAt?: string | undefined;
  /** The clinic has moved it to that time since we came. */
  readonly moved?: boolean;
  /** What the clinic tells us while we wait. */
  readonly message?: { readonly text: string; readonly at: string } | undefined;
  /** The line to the clinic as measured, in kbit/s. */
  readonly network?: { readonly downKbps: number; readonly upKbps: number } | undefined;
  readonly onPermissions: () => void;
  readonly onLeave: () => void;
}

function Waited({ since }: { readonly since: number }) {
  const { t } = useTranslation();
  const minutes = Math.floor((useNow() - since) / 60_000);
  return <span>{minutes < 1 ? t('waiting.now') : t('waiting.since', { count: minutes })}</span>;
}

function Appointment({ at, moved }: { readonly at: string; readonly moved: boolean }) {
  const { t } = useTranslation();
  const when = useWhen()(at);
  return (
    <div className="waiting__wait">
      {moved ? (
        <Notice kind="warn" icon={CalendarClock} live>
          <span className="strong">{t('waiting.moved', { when })}</span> {t('waiting.movedText')}
        </Notice>
      ) : (
        <>
          <CalendarClock />
          <span>{t('waiting.appointment', { when })}</span>
        </>
      )}
    </div>
  );
}

function Message({ text, at }: { readonly text: string; readonly at: string }) {
  const { t } = useTranslation();
  const minutes = Math.floor((useNow() - Date.parse(at)) / 60_000);
  return (
    <div className="waiting__wait">
      <Notice kind="ok" icon={MessageSquare} live>
        <span className="strong">{text}</span>{' '}
        <span className="muted">
          {minutes < 1 ? t('waiting.saidNow') : t('waiting.said', { count: minutes })}
        </span>
      </Notice>
    </div>
  );
}

const networkWords: Readonly<Record<QualityLevel, string>> = {
  0: 'waiting.networkPoor',
  1: 'waiting.networkPoor',
  2: 'waiting.networkFair',
  3: 'waiting.networkGood',
  4: 'waiting.networkGood',
};

function Network({ downKbps, upKbps }: { readonly downKbps: number; readonly upKbps: number }) {
  const { t, i18n } = useTranslation();
  const level = networkLevel({ downKbps, upKbps }) ?? 0;
  const megabits = (kilobits: number) => formatNumber(kilobits / 1_000, i18n.language);
  return (
    <div className="waiting__wait">
      <QualityBars level={level} label={t(qualityWords[level])} />
      <span>
        {t(networkWords[level])}{' '}
        <span className="muted number">
          {t('readiness.rates', { down: megabits(downKbps), up: megabits(upKbps) })}
        </span>
      </span>
    </div>
  );
}

export function WaitingScreen(props: WaitingScreenProps) {
  const { t } = useTranslation();
  const { checks } = props;
  const [checking, setChecking] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const doctor = props.doctorName ?? t('waiting.theDoctor');
  return (
    <div className="waiting">
      {props.doctorName ? (
        <Avatar name={props.doctorName} large />
      ) : (
        <span className="page-icon">
          <Stethoscope />
        </span>
      )}
      <div className="stack stack--8 stack--center">
        <h1 className="headline" ref={heading} tabIndex={-1}>
          {props.joined ? t('waiting.title', { name: firstNameOf(props.name) }) : t('waiting.entering')}
        </h1>
        <p className="muted" role="status">
          {props.joined
            ? t(props.doctorThere ? 'waiting.doctorSees' : 'waiting.doctorWillSee', { doctor })
            : t('host.startingText')}
        </p>
      </div>
      <div className="card waiting__card">
        <div className="waiting__wait">
          <span className="pulse" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <Waited since={props.since} />
        </div>
        {props.scheduledAt ? <Appointment at={props.scheduledAt} moved={props.moved ?? false} /> : null}
        {props.message ? <Message {...props.message} /> : null}
        {props.lost ? (
          <div className="waiting__wait">
            <Notice kind="warn" icon={WifiOff} live>
              {t('waiting.lost')}
            </Notice>
          </div>
        ) : null}
        {checks ? (
          <>
            <div className="waiting__self">
              <Picture
                label={t('prejoin.yourCamera')}
                track={props.cameraTrack}
                mirrored
                empty={<VideoOff aria-label={t('checks.cameraOff')} />}
              />
              <div className="stack stack--12">
                <div className="stack stack--8">
                  <span className="small muted">{t('waiting.unseen')}</span>
                  <LevelMeter onLevel={checks.onLevel} label={t('checks.level')} segments={18} />
                </div>
                <Button size="touch" aria-expanded={checking} onClick={() => setChecking(!checking)}>
                  {t(checking ? 'waiting.hideChecks' : 'waiting.check')}
                </Button>
              </div>
            </div>
            {props.network ? <Network {...props.network} /> : null}
            {checking ? <DeviceChecks {...checks} /> : null}
          </>
        ) : (
          <div className="waiting__wait">
            <Eye />
            <span>
              <span className="strong">{t('observer.only')}</span> {t('observer.patientAgrees')}
            </span>
          </div>
        )}
      </div>
      <div className="stack stack--8 stack--center">
        <p className="row">
          <Bell />
          {t('waiting.sound')}
        </p>
        <div className="row row--wrap">
          <Button look="quiet" size="touch" onClick={props.onPermissions}>
            {t('receipts.open')}
          </Button>
          <Button look="quiet" size="touch" onClick={props.onLeave}>
            {t('waiting.leave')}
          </Button>
        </div>
      </div>
    </div>
  );
}
