/** Somebody at the door: who, since when, how ready, whether the patient agrees to them, and what can be answered. */
import { Check, Hourglass, MessageSquare, Mic, WifiOff, X } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ParticipantRole } from '../../../shared/access/access.ts';
import type { ConsentAnswer } from '../../../shared/consent/consent.ts';
import type { Readiness as ReadinessMessage, TransportKind } from '../../../shared/signaling/messages.ts';
import { longestWord } from '../../../shared/signaling/messages.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { formatTime, useNow } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { Readiness } from './readiness.tsx';

export interface WaitingPerson {
  readonly identity: string;
  readonly displayName: string;
  readonly role: ParticipantRole;
  /** Since when they wait, ISO 8601. */
  readonly since: string;
  readonly connected: boolean;
  readonly readiness?: ReadinessMessage | undefined;
  readonly transport?: TransportKind | undefined;
  /** ISO 8601. */
  readonly scheduledAt?: string | undefined;
  readonly doctorName?: string | undefined;
  /** Of an observer: what the patient says of them. */
  readonly consent?: ConsentAnswer | undefined;
  /** What was last told to who waits. */
  readonly message?: string | undefined;
}

export interface WaitingActions {
  /** Absent for those who may not let anybody in. */
  readonly onAdmit: ((person: WaitingPerson) => void) | undefined;
  /** @param reason what they read; undefined: only that they were not admitted. */
  readonly onRefuse: (person: WaitingPerson, reason: string | undefined) => void;
  /** @param message undefined takes the last one back. */
  readonly onTell: (person: WaitingPerson, message: string | undefined) => void;
}

export interface WaitingCardProps extends WaitingActions {
  readonly person: WaitingPerson;
  /** Place in the order of arrival, from 1; absent where only one waits. */
  readonly place?: number | undefined;
  /** Two of them side by side on one page: only the first keeps the filled button. */
  readonly primary?: boolean;
  /** Being answered now. */
  readonly busy?: boolean;
}

const delays = [5, 10, 20] as const;

function Consent({ answer }: { readonly answer: ConsentAnswer }) {
  const { t } = useTranslation();
  switch (answer) {
    case 'agreed':
      return (
        <Notice kind="ok" icon={Check}>
          {t('waitingRoom.consentAgreed')}
        </Notice>
      );
    case 'pending':
      return (
        <Notice kind="warn" icon={Hourglass} live>
          {t('waitingRoom.consentPending')}
        </Notice>
      );
    case 'declined':
    case 'withdrawn':
      return (
        <Notice kind="warn" icon={X} live>
          {t('waitingRoom.consentDeclined')}
        </Notice>
      );
  }
}

function Refusing({
  person,
  busy,
  onRefuse,
  onCancel,
}: Pick<WaitingCardProps, 'person' | 'busy' | 'onRefuse'> & { readonly onCancel: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  return (
    <form
      className="stack stack--8"
      onSubmit={(event) => {
        event.preventDefault();
        onRefuse(person, reason.trim() || undefined);
      }}
    >
      <p className="small" role="status">
        {t('waitingRoom.refuseText')}
      </p>
      <Field
        label={t('waitingRoom.refuseReason')}
        value={reason}
        maxLength={longestWord}
        placeholder={t('waitingRoom.refuseExample')}
        onChange={(event) => setReason(event.target.value)}
      />
      <div className="row">
        <Button type="submit" look="danger" className="grow" disabled={busy}>
          {t('waitingRoom.refuse')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}

function Telling({
  person,
  busy,
  onTell,
  onDone,
}: Pick<WaitingCardProps, 'person' | 'busy' | 'onTell'> & { readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [message, setMessage] = useState('');
  const doctor = person.doctorName ?? t('waiting.theDoctor');
  const tell = (text: string) => {
    onTell(person, text);
    onDone();
  };
  return (
    <form
      className="stack stack--8"
      onSubmit={(event) => {
        event.preventDefault();
        if (message.trim()) tell(message.trim());
      }}
    >
      <div className="row row--wrap">
        {delays.map((minutes) => (
          <Button
            key={minutes}
            size="small"
            aria-label={t('waitingRoom.delay', { doctor, count: minutes })}
            disabled={busy}
            onClick={() => tell(t('waitingRoom.delay', { doctor, count: minutes }))}
          >
            {t('waitingRoom.delayShort', { count: minutes })}
          </Button>
        ))}
      </div>
      <Field
        label={t('waitingRoom.tellOwn')}
        value={message}
        maxLength={longestWord}
        onChange={(event) => setMessage(event.target.value)}
      />
      <div className="row">
        <Button type="submit" className="grow" disabled={busy || message.trim() === ''}>
          {t('waitingRoom.send')}
        </Button>
        <Button onClick={onDone}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}

export function WaitingCard({ person, place, primary = true, busy = false, ...actions }: WaitingCardProps) {
  const { t, i18n } = useTranslation();
  const [doing, setDoing] = useState<'nothing' | 'refusing' | 'telling'>('nothing');
  const consentText = useId();
  const minutes = Math.floor((useNow() - Date.parse(person.since)) / 60_000);
  const { readiness, consent } = person;
  const { onAdmit } = actions;
  const blocked = readiness?.microphone === 'blocked' || readiness?.camera === 'blocked';
  const consentMissing = consent !== undefined && consent !== 'agreed';
  const stop = () => setDoing('nothing');
  return (
    <>
      <div className="row row--12">
        <Avatar name={person.displayName} />
        <div className="stack stack--2">
          <span className="person__name strong">{person.displayName}</span>
          <span className="small muted">
            {place === undefined ? null : `${t('waitingRoom.place', { place })}. `}
            {person.role === 'observer' ? `${t('roles.observer')}. ` : null}
            {minutes < 1 ? t('waitingRoom.justNow') : t('waitingRoom.since', { count: minutes })}
            {person.scheduledAt
              ? `, ${t('waitingRoom.appointment', { time: formatTime(new Date(person.scheduledAt), i18n.language) })}`
              : null}
          </span>
        </div>
      </div>
      {person.connected ? null : (
        <Notice kind="warn" icon={WifiOff}>
          {t('waitingRoom.lost')}
        </Notice>
      )}
      {consent === undefined ? null : (
        <div id={consentText}>
          <Consent answer={consent} />
        </div>
      )}
      {readiness && person.role !== 'observer' ? (
        <Readiness name={person.displayName} readiness={readiness} transport={person.transport} />
      ) : null}
      {blocked ? (
        <Notice kind="warn" icon={Mic}>
          {t('waitingRoom.blocked')}
        </Notice>
      ) : null}
      {person.message === undefined ? null : (
        <div className="notice">
          <MessageSquare />
          <p className="grow">{t('waitingRoom.told', { message: person.message })}</p>
          <IconButton
            small
            icon={X}
            label={t('waitingRoom.takeBack')}
            disabled={busy}
            onClick={() => actions.onTell(person, undefined)}
          />
        </div>
      )}
      {doing === 'refusing' ? (
        <Refusing person={person} busy={busy} onRefuse={actions.onRefuse} onCancel={stop} />
      ) : doing === 'telling' ? (
        <Telling person={person} busy={busy} onTell={actions.onTell} onDone={stop} />
      ) : (
        <div className="row">
          {onAdmit ? (
            <Button
              look={primary && !consentMissing ? 'primary' : 'plain'}
              className="grow"
              aria-label={t('waitingRoom.admitName', { name: person.displayName })}
              disabled={busy || consentMissing}
              {...(consentMissing ? { 'aria-describedby': consentText } : {})}
              onClick={() => onAdmit(person)}
            >
              {t('waitingRoom.admit')}
            </Button>
          ) : null}
          <IconButton
            icon={MessageSquare}
            label={t('waitingRoom.tellName', { name: person.displayName })}
            disabled={busy}
            onClick={() => setDoing('telling')}
          />
          <Button
            aria-label={t('waitingRoom.refuseName', { name: person.displayName })}
            disabled={busy}
            onClick={() => setDoing('refusing')}
          >
            {t('waitingRoom.refuse')}
          </Button>
        </div>
      )}
    </>
  );
}
