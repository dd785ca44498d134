/** Everybody at the door of the clinic: a card beside the agenda, and a page of its own. */
import { Bell, BellOff, DoorOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { WaitingPatient } from '../../../shared/contract/waiting-room.ts';
import type { Check } from '../../../shared/signaling/messages.ts';
import { IconButton } from '../../components/button.tsx';
import { WaitingCard, type WaitingPerson } from '../doctor/waiting-card.tsx';

export interface WaitingRoomProps {
  /** In order of arrival. */
  readonly people: readonly WaitingPatient[];
  /** Identities whose answer is on its way. */
  readonly busy: ReadonlySet<string>;
  /** Whether the person who looks may let anybody in. */
  readonly mayAdmit: boolean;
  readonly sound: boolean;
  readonly onSound: (on: boolean) => void;
  readonly onAdmit: (person: WaitingPatient) => void;
  readonly onRefuse: (person: WaitingPatient, reason: string | undefined) => void;
  readonly onTell: (person: WaitingPatient, message: string | undefined) => void;
}

const checks: ReadonlySet<string> = new Set<Check>(['unknown', 'ok', 'off', 'blocked', 'missing', 'busy']);
const toCheck = (word: string): Check => (checks.has(word) ? (word as Check) : 'unknown');

function toPerson({ readiness, ...patient }: WaitingPatient): WaitingPerson {
  return {
    ...patient,
    readiness: readiness && {
      ...readiness,
      camera: toCheck(readiness.camera),
      microphone: toCheck(readiness.microphone),
      speaker: toCheck(readiness.speaker),
    },
  };
}

function SoundButton({ sound, onSound }: Pick<WaitingRoomProps, 'sound' | 'onSound'>) {
  const { t } = useTranslation();
  return (
    <IconButton
      className="push"
      icon={sound ? Bell : BellOff}
      label={t(sound ? 'waitingRoom.soundOn' : 'waitingRoom.soundOff')}
      aria-pressed={sound}
      onClick={() => onSound(!sound)}
    />
  );
}

function Person({
  patient,
  place,
  ...props
}: Pick<WaitingRoomProps, 'people' | 'busy' | 'mayAdmit' | 'onAdmit' | 'onRefuse' | 'onTell'> & {
  readonly patient: WaitingPatient;
  /** From 1. */
  readonly place: number;
}) {
  return (
    <WaitingCard
      person={toPerson(patient)}
      primary={place === 1}
      place={props.people.length > 1 ? place : undefined}
      busy={props.busy.has(patient.identity)}
      onAdmit={props.mayAdmit ? () => props.onAdmit(patient) : undefined}
      onRefuse={(_person, reason) => props.onRefuse(patient, reason)}
      onTell={(_person, message) => props.onTell(patient, message)}
    />
  );
}

function NobodyWaits() {
  const { t } = useTranslation();
  return (
    <div className="empty">
      <DoorOpen />
      <h3>{t('waitingRoom.emptyTitle')}</h3>
      <p className="small">{t('waitingRoom.emptyText')}</p>
    </div>
  );
}

export function WaitingRoomCard(props: WaitingRoomProps) {
  const { t } = useTranslation();
  return (
    <section className="card" aria-labelledby="waiting-title">
      <div className="card__head">
        <h2 className="card__title" id="waiting-title">
          {t('clinic.waitingRoom')}
        </h2>
        {props.people.length > 0 ? <span className="badge">{props.people.length}</span> : null}
        <SoundButton {...props} />
      </div>
      {props.people.length === 0 ? (
        <NobodyWaits />
      ) : (
        props.people.map((patient, index) => (
          <div key={patient.identity} className="waiting-patient">
            <Person {...props} patient={patient} place={index + 1} />
          </div>
        ))
      )}
    </section>
  );
}

export function WaitingRoomScreen(props: WaitingRoomProps) {
  const { t } = useTranslation();
  return (
    <main className="page">
      <header className="page__head">
        <div className="stack">
          <h1>{t('clinic.waitingRoom')}</h1>
          <p className="small muted" role="status">
            {t('agenda.waitingCount', { count: props.people.length })}
          </p>
        </div>
        <SoundButton {...props} />
      </header>
      {props.people.length === 0 ? (
        <div className="card">
          <NobodyWaits />
        </div>
      ) : (
        <div className="waiting-grid">
          {props.people.map((patient, index) => (
            <section key={patient.identity} className="card waiting-patient" aria-label={patient.displayName}>
              <Person {...props} patient={patient} place={index + 1} />
            </section>
          ))}
        </div>
      )}
    </main>
  );
}
