/** What fills the call: one person, or a shared screen with everybody in a strip; and one's own picture. */
import { EyeOff, MicOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RemoteParticipantView } from '../../call/call.ts';
import { Avatar } from '../../components/avatar.tsx';
import { IconButton } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { Picture } from '../../components/picture.tsx';
import { SelfView } from '../../components/self-view.tsx';
import { PersonPicture } from './person-picture.tsx';
import { videoTrack } from './tracks.ts';

export interface StageProps {
  /** Everybody who may send; the first one fills the stage. */
  readonly people: readonly RemoteParticipantView[];
  readonly self?:
    | {
        readonly name: string;
        readonly track?: MediaStreamTrack | undefined;
        readonly muted: boolean;
      }
    | undefined;
  /** One's own shared screen, and the way to stop it. */
  readonly ownScreen?: { readonly track: MediaStreamTrack; readonly bar: ReactNode } | undefined;
  readonly onHideSelf?: (() => void) | undefined;
  /** Two people side by side instead of one large, for who only watches. */
  readonly pair?: boolean;
  /** Shown while nobody is there. */
  readonly empty: ReactNode;
  /** Short facts over the picture's upper edge, announced politely. */
  readonly notes?: ReactNode;
  readonly children?: ReactNode;
}

function OwnPicture({ self }: { readonly self: NonNullable<StageProps['self']> }) {
  const { t } = useTranslation();
  return (
    <Picture label={t('call.selfView')} track={self.track} mirrored empty={<Avatar name={self.name} />}>
      <span className="chip chip--over picture__name">
        {self.muted ? <MicOff aria-label={t('call.youAreMuted')} /> : null}
        {t('call.you')}
      </span>
    </Picture>
  );
}

export function Stage({
  people,
  self,
  ownScreen,
  onHideSelf,
  pair = false,
  empty,
  notes,
  children,
}: StageProps) {
  const { t } = useTranslation();
  const sharer = people.find((person) => videoTrack(person.tracks.screen_share));
  const remoteScreen = videoTrack(sharer?.tracks.screen_share);
  const [main, ...others] = people;
  const noteList = (
    <div className="stage__notes" aria-live="polite">
      {notes}
    </div>
  );

  if (pair && !remoteScreen && people.length === 2) {
    return (
      <div className="stage stage--pair">
        {people.map((person) => (
          <PersonPicture key={person.participant.identity} person={person} />
        ))}
        {noteList}
        {children}
      </div>
    );
  }

  const screen =
    sharer && remoteScreen ? (
      <div className="shared">
        <div className="shared__bar">{t('call.sharedBy', { name: sharer.participant.displayName })}</div>
        <Picture
          whole
          label={t('call.screenOf', { name: sharer.participant.displayName })}
          track={remoteScreen}
        />
      </div>
    ) : ownScreen ? (
      <section className="shared" aria-label={t('call.yourScreen')}>
        <div className="shared__bar">{ownScreen.bar}</div>
        <Picture whole label={t('call.yourScreen')} track={ownScreen.track} />
      </section>
    ) : undefined;

  const inStrip = screen ? people : others;
  const strip = inStrip.length > 0;
  const named = people.length > 1;
  return (
    <div className={classes('stage', strip && 'stage--strip')}>
      {screen ? (
        <div className="stage__main">
          {screen}
          {noteList}
        </div>
      ) : main ? (
        strip ? (
          <div className="stage__main">
            <PersonPicture className="stage__main" person={main} named={named} />
            {noteList}
          </div>
        ) : (
          <>
            <PersonPicture className="stage__main" person={main} named={named} />
            {noteList}
          </>
        )
      ) : (
        <>
          {empty}
          {noteList}
        </>
      )}
      {strip ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
        <div className="strip" role="group" aria-label={t('call.people')}>
          {inStrip.map((person) => (
            <PersonPicture key={person.participant.identity} person={person} />
          ))}
          {self ? <OwnPicture self={self} /> : null}
        </div>
      ) : self ? (
        <SelfView>
          <OwnPicture self={self} />
          {onHideSelf ? (
            <IconButton
              className="self-view__hide"
              small
              icon={EyeOff}
              label={t('call.hideSelf')}
              onPointerDown={(event) => event.stopPropagation()}
              onClick={onHideSelf}
            />
          ) : null}
        </SelfView>
      ) : null}
      {children}
    </div>
  );
}
