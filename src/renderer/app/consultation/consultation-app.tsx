/** The doctor's window of one consultation: enters, holds the call, and says how it went. */
import { CircleAlert, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consultation, Entry } from '../../../shared/contract/contract.ts';
import { Button } from '../../components/button.tsx';
import { initialsOf } from '../../components/names.ts';
import { CatalogueError } from '../../host-client/index.ts';
import { LocalMedia } from '../../media/local-media.ts';
import { roleWords } from '../../screens/call/people.ts';
import { MessageScreen } from '../../screens/patient/message-screen.tsx';
import { askShell, staffHost } from '../hosts.ts';
import { type OpenNotes, openNotes } from '../notes/open-notes.ts';
import type { OpenCall } from '../open-call.ts';
import { problemText } from '../problems.ts';
import { goTo } from '../route.ts';
import { CallRecording } from './call-recording.ts';
import { LiveConsultation, type Outcome } from './live-consultation.tsx';
import { Summary } from './summary.tsx';
import '../../components/styles/patient.css';

type State =
  | { readonly name: 'opening' }
  | { readonly name: 'problem'; readonly text: string }
  | {
      readonly name: 'open';
      readonly consultation: Consultation;
      readonly entry: Entry;
      readonly media: LocalMedia;
      readonly call: OpenCall;
      readonly recording: CallRecording;
      readonly notes: OpenNotes;
    }
  | {
      readonly name: 'over';
      readonly consultation: Consultation;
      readonly notes: OpenNotes;
      readonly outcome: Outcome;
    };

function back(): void {
  if (window.autamedica) askShell((shell) => shell.windows.close());
  else goTo('/');
}

/** A consultation that was held and closed is looked back at; every other refusal is a problem. */
function unlessClosed(error: unknown): undefined {
  if (error instanceof CatalogueError && error.code === 'CONSULTATION_CLOSED') return undefined;
  throw error;
}

/** Another consultation in the place of this one: its own window in the desktop app. */
function openInstead(consultationId: string): void {
  if (window.autamedica) {
    askShell(async (shell) => {
      await shell.windows.openConsultation({ consultationId });
      await shell.windows.close();
    });
  } else goTo(`/consultation/${encodeURIComponent(consultationId)}`);
}

export default function ConsultationApp({ consultationId }: { readonly consultationId: string }) {
  const { t } = useTranslation();
  const [state, setState] = useState<State>({ name: 'opening' });
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt is what opens again
  useEffect(() => {
    let current = true;
    let media: LocalMedia | undefined;
    let call: OpenCall | undefined;
    let recording: CallRecording | undefined;
    let notes: OpenNotes | undefined;
    const open = async () => {
      // The code of the call is fetched while the host prepares the entry.
      const code = import('../open-call.ts');
      const client = await staffHost();
      const [entry, consultation, { openCall }] = await Promise.all([
        client.consultations.enter({ consultationId }).catch(unlessClosed),
        client.consultations.get({ consultationId }),
        code,
      ]);
      if (!current) return;
      if (entry === undefined) {
        notes = openNotes(consultationId);
        const endedAt = Date.parse(consultation.closedAt ?? consultation.createdAt);
        const outcome: Outcome = { name: 'summary', kind: 'past', endedAt };
        setState({ name: 'over', consultation, notes, outcome });
        return;
      }
      media = new LocalMedia();
      void media.start({ camera: true, microphone: true });
      call = openCall({ entry, media });
      recording = new CallRecording(call, media, {
        audioOnly: t('recording.audioOnly'),
        cameraOff: t('call.cameraIsOff'),
        nameOf: ({ displayName, role }) => displayName || t(roleWords[role]),
        initialsOf,
        screenOf: (name) => t('call.screenOf', { name }),
      });
      notes = openNotes(consultationId);
      setState({ name: 'open', consultation, entry, media, call, recording, notes });
    };
    setState({ name: 'opening' });
    open().catch((error: unknown) => current && setState({ name: 'problem', text: problemText(error) }));
    return () => {
      current = false;
      recording?.close();
      void call?.close();
      media?.close();
      void notes?.close();
    };
  }, [consultationId, attempt]);

  const patientName =
    state.name === 'open' || state.name === 'over' ? state.consultation.patientName : undefined;
  useEffect(() => {
    document.title = t('clinic.document', { section: patientName ?? t('observer.consultation') });
  }, [patientName, t]);

  switch (state.name) {
    case 'opening':
      return (
        <main className="patient patient__main" aria-busy="true">
          <p className="row muted" role="status">
            <span className="pulse" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            {t('doctorDoor.loading')}
          </p>
        </main>
      );
    case 'problem':
      return (
        <main className="patient patient__main">
          <MessageScreen
            kind="warn"
            icon={CircleAlert}
            title={t('doctorDoor.problemTitle')}
            text={t(state.text)}
          >
            <Button look="primary" size="large" wide onClick={() => setAttempt(attempt + 1)}>
              {t('common.retry')}
            </Button>
            <Button look="quiet" size="touch" wide onClick={back}>
              {t('summary.back')}
            </Button>
          </MessageScreen>
        </main>
      );
    case 'open':
      return (
        <LiveConsultation
          consultation={state.consultation}
          entry={state.entry}
          media={state.media}
          call={state.call}
          recording={state.recording}
          notes={state.notes}
          onOver={(outcome) => {
            state.recording.close();
            void state.call.close();
            state.media.close();
            setState({ name: 'over', consultation: state.consultation, notes: state.notes, outcome });
          }}
        />
      );
    case 'over': {
      const { outcome } = state;
      if (outcome.name === 'summary') {
        return (
          <Summary
            consultation={state.consultation}
            kind={outcome.kind}
            patientName={outcome.patientName ?? state.consultation.patientName}
            endedAt={outcome.endedAt}
            notes={state.notes}
            onOpen={openInstead}
            onReturn={() => setAttempt(attempt + 1)}
            onBack={back}
          />
        );
      }
      const replaced = outcome.name === 'replaced';
      return (
        <main className="patient patient__main">
          <MessageScreen
            kind={replaced ? 'plain' : 'warn'}
            icon={replaced ? Copy : CircleAlert}
            title={t(replaced ? 'doctorDoor.replacedTitle' : 'doctorDoor.problemTitle')}
            text={t(replaced ? 'doctorDoor.replacedText' : outcome.text)}
          >
            <Button size="large" wide onClick={() => setAttempt(attempt + 1)}>
              {t(replaced ? 'door.replacedAction' : 'common.retry')}
            </Button>
            <Button look="quiet" size="touch" wide onClick={back}>
              {t('summary.back')}
            </Button>
          </MessageScreen>
        </main>
      );
    }
  }
}
