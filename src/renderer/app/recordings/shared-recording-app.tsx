/** The page behind a link to a recording: the link's token never leaves the part of the address that browsers keep to themselves. */
import { CloudOff, Link2Off } from 'lucide-react';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { CatalogueError, createHttpHostClient, type HostClient } from '../../host-client/index.ts';
import { RecordingPlayer } from '../../screens/clinic/recording-player.tsx';
import { MessageScreen } from '../../screens/patient/message-screen.tsx';
import { PatientFrame } from '../../screens/patient/patient-frame.tsx';
import { SharedRecordingScreen } from '../../screens/patient/shared-recording-screen.tsx';
import { preferences } from '../preferences.ts';
import { Unplayable, usePlay } from './play.ts';

type Opened = Awaited<ReturnType<HostClient['recordingLibrary']['openLink']>>;

/** Why a link opens nothing, by the host's answer. */
const refusals: Readonly<Record<string, { readonly title: string; readonly text: string }>> = {
  RECORDING_LINK_OVER: { title: 'sharedRecording.overTitle', text: 'sharedRecording.overText' },
  RECORDING_GONE: { title: 'sharedRecording.goneTitle', text: 'sharedRecording.goneText' },
};
const invalid = { title: 'sharedRecording.invalidTitle', text: 'sharedRecording.invalidText' };

function subscribeToHash(listener: () => void): () => void {
  globalThis.addEventListener('hashchange', listener);
  return () => globalThis.removeEventListener('hashchange', listener);
}

export default function SharedRecordingApp() {
  const { t } = useTranslation();
  const token = useSyncExternalStore(subscribeToHash, () => location.hash.slice(1));
  const client = useMemo(() => createHttpHostClient({ baseUrl: location.origin }), []);
  const [opened, setOpened] = useState<Opened>();
  const play = usePlay(token, async () => {
    const answer = await client.recordingLibrary.openLink({ token: token || '-' });
    setOpened(answer);
    return answer;
  });
  useEffect(() => {
    document.title = t('clinic.document', { section: t('sharedRecording.title') });
  }, [t]);
  const refused = play.error instanceof CatalogueError && play.error.status < 500 ? play.error : undefined;
  const page = () => {
    if (refused?.code === 'TOO_MANY_REQUESTS' || (play.error !== undefined && !opened && !refused)) {
      return (
        <MessageScreen
          icon={CloudOff}
          kind="warn"
          title={t(refused ? 'door.errorTitle' : 'door.unreachableTitle')}
          text={t(refused ? 'door.tooManyText' : 'door.unreachableText')}
        >
          <Button look="primary" size="large" wide onClick={play.retry}>
            {t('common.retry')}
          </Button>
        </MessageScreen>
      );
    }
    if (refused) {
      const { title, text } = refusals[refused.code] ?? invalid;
      return (
        <MessageScreen
          icon={Link2Off}
          kind={refused.code === 'RECORDING_LINK_OVER' ? 'plain' : 'warn'}
          title={t(title)}
          text={t(text)}
        />
      );
    }
    if (!opened) {
      return (
        <p className="muted" role="status">
          {t('sharedRecording.opening')}
        </p>
      );
    }
    return (
      <SharedRecordingScreen
        startedAt={opened.startedAt}
        durationMs={opened.durationMs}
        linkExpiresAt={opened.linkExpiresAt}
        player={
          <RecordingPlayer
            ref={play.video}
            label={t('sharedRecording.title')}
            url={play.url}
            problem={
              play.error === undefined
                ? undefined
                : t(play.error instanceof Unplayable ? 'recordings.unplayable' : 'problems.unreachable')
            }
            onRetry={play.retry}
            onError={play.onError}
          />
        }
      />
    );
  };
  return (
    <PatientFrame
      clinicName={opened?.clinicName ?? ''}
      onLanguage={(language) => preferences.set({ language })}
    >
      {page()}
    </PatientFrame>
  );
}
