/** Somebody at the door: who, since when, how ready, and the two answers. */
import { Mic, WifiOff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ParticipantRole } from '../../../shared/access/access.ts';
import type { Readiness as ReadinessMessage } from '../../../shared/signaling/messages.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Button } from '../../components/button.tsx';
import { useNow } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { Readiness } from './readiness.tsx';

export interface WaitingPerson {
  readonly identity: string;
  readonly displayName: string;
  readonly role: ParticipantRole;
  /** ISO 8601. */
  readonly joinedAt: string;
  readonly connected: boolean;
  readonly readiness?: ReadinessMessage | undefined;
}

export interface WaitingCardProps {
  readonly person: WaitingPerson;
  /** Two of them side by side on one page: only the first keeps the filled button. */
  readonly primary?: boolean;
  /** Being admitted now. */
  readonly busy?: boolean;
  /** Absent for those who may not let anybody in. */
  readonly onAdmit: ((person: WaitingPerson) => void) | undefined;
  readonly onRefuse: (person: WaitingPerson) => void;
}

export function WaitingCard({ person, primary = true, busy = false, onAdmit, onRefuse }: WaitingCardProps) {
  const { t } = useTranslation();
  const [refusing, setRefusing] = useState(false);
  const minutes = Math.floor((useNow() - Date.parse(person.joinedAt)) / 60_000);
  const { readiness } = person;
  const blocked = readiness?.microphone === 'blocked' || readiness?.camera === 'blocked';
  return (
    <>
      <div className="row row--12">
        <Avatar name={person.displayName} />
        <div className="stack stack--2">
          <span className="person__name strong">{person.displayName}</span>
          <span className="small muted">
            {person.role === 'observer' ? `${t('roles.observer')}. ` : null}
            {minutes < 1 ? t('waitingRoom.justNow') : t('waitingRoom.since', { count: minutes })}
          </span>
        </div>
      </div>
      {person.connected ? null : (
        <Notice kind="warn" icon={WifiOff}>
          {t('waitingRoom.lost')}
        </Notice>
      )}
      {readiness && person.role !== 'observer' ? (
        <Readiness name={person.displayName} readiness={readiness} />
      ) : null}
      {blocked ? (
        <Notice kind="warn" icon={Mic}>
          {t('waitingRoom.blocked')}
        </Notice>
      ) : null}
      {refusing ? (
        <div className="stack stack--8" role="alert">
          <p className="small">{t('waitingRoom.refuseText')}</p>
          <div className="row">
            <Button look="danger" className="grow" disabled={busy} onClick={() => onRefuse(person)}>
              {t('waitingRoom.refuse')}
            </Button>
            <Button onClick={() => setRefusing(false)}>{t('common.cancel')}</Button>
          </div>
        </div>
      ) : (
        <div className="row">
          {onAdmit ? (
            <Button
              look={primary ? 'primary' : 'plain'}
              className="grow"
              aria-label={t('waitingRoom.admitName', { name: person.displayName })}
              disabled={busy}
              onClick={() => onAdmit(person)}
            >
              {t('waitingRoom.admit')}
            </Button>
          ) : null}
          <Button
            aria-label={t('waitingRoom.refuseName', { name: person.displayName })}
            disabled={busy}
            onClick={() => setRefusing(true)}
          >
            {t('waitingRoom.refuse')}
          </Button>
        </div>
      )}
    </>
  );
}
