/** One other person in the call: the picture, or why there is none; muted, connecting and lost in words. */
import { MicOff, RefreshCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RemoteParticipantView } from '../../call/call.ts';
import { Avatar } from '../../components/avatar.tsx';
import { useNow } from '../../components/format.ts';
import { firstNameOf } from '../../components/names.ts';
import { Picture } from '../../components/picture.tsx';
import { videoTrack } from './tracks.ts';

function Lost({ name, since }: { readonly name: string; readonly since: number }) {
  const { t } = useTranslation();
  const seconds = Math.max(0, Math.floor((useNow() - since) / 1_000));
  return (
    <div className="lost">
      <RefreshCw className="spinner" />
      <strong role="alert">{t('call.reconnecting', { name: firstNameOf(name) })}</strong>
      <span>
        {seconds < 60
          ? t('call.lostSeconds', { count: seconds })
          : t('call.lostMinutes', { count: Math.floor(seconds / 60) })}
        <br />
        {t('call.lostTrying')}
      </span>
    </div>
  );
}

export interface PersonPictureProps {
  readonly person: RemoteParticipantView;
  readonly className?: string;
  /** The name is said elsewhere when this person fills the stage. */
  readonly named?: boolean;
}

export function PersonPicture({ person, className, named = true }: PersonPictureProps) {
  const { t } = useTranslation();
  const { participant, link } = person;
  const track = participant.media.camera ? videoTrack(person.tracks.camera) : undefined;
  const connecting = participant.media.camera && !track && link.name === 'ok';
  const muted = !participant.media.microphone;
  return (
    <Picture
      {...(className ? { className } : {})}
      label={t('call.pictureOf', { name: participant.displayName })}
      track={track}
      lost={link.name === 'lost'}
      empty={
        <>
          <Avatar name={participant.displayName} large />
          {connecting ? (
            <span className="row muted" role="status">
              <span className="pulse" aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
              {t('call.connecting', { name: firstNameOf(participant.displayName) })}
            </span>
          ) : (
            <span className="muted">{t('call.cameraIsOff')}</span>
          )}
        </>
      }
    >
      {link.name === 'lost' ? <Lost name={participant.displayName} since={link.since} /> : null}
      {named || muted ? (
        <span className="chip chip--over picture__name">
          {muted ? <MicOff aria-label={t('call.isMuted', { name: participant.displayName })} /> : null}
          {named ? participant.displayName : t('call.muted')}
        </span>
      ) : null}
    </Picture>
  );
}
