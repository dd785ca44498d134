/** Asks what is to be asked of the person inside, one question at a time, and shows and takes back what they have agreed to. */
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ConsentEntry, consentVersions } from '../../../shared/consent/consent.ts';
import type { Entry } from '../../../shared/contract/contract.ts';
import type { CallSnapshot } from '../../call/call.ts';
import { CatalogueError, createHttpHostClient } from '../../host-client/index.ts';
import type { ConsentQuestion } from '../../screens/patient/consent-dialog.tsx';
import type { Withdrawable } from '../../screens/patient/permissions-dialog.tsx';
import { copyText } from '../hosts.ts';
import type { OpenCall } from '../open-call.ts';
import { saveFile } from '../save-file.ts';

const ConsentDialog = lazy(() => import('../../screens/patient/consent-dialog.tsx'));
const PermissionsDialog = lazy(() => import('../../screens/patient/permissions-dialog.tsx'));

/** What this person has not answered yet, the observer at the door first. */
export function openQuestion({ phase, self, consents }: CallSnapshot): ConsentQuestion | undefined {
  if (phase.name === 'ended') return undefined;
  if (self?.role === 'patient') {
    const observer = consents.observers.find(({ answer }) => answer === 'pending');
    if (observer) {
      const { identity, displayName } = observer;
      return { name: 'observer', identity, displayName };
    }
  }
  const own = consents.recording?.answers.find(({ identity }) => identity === self?.identity);
  return consents.recording?.verdict === 'pause' && own?.answer === 'pending'
    ? { name: 'recording' }
    : undefined;
}

/** What this person has agreed to and can take back now. */
export function standingConsents({ phase, self, consents }: CallSnapshot): Withdrawable[] {
  if (phase.name === 'ended') return [];
  const observers =
    self?.role === 'patient'
      ? consents.observers
          .filter(({ answer }) => answer === 'agreed')
          .map(({ identity, displayName }) => ({ name: 'observer', identity, displayName }) as const)
      : [];
  const { recording } = consents;
  const recorded =
    recording !== undefined &&
    recording.verdict !== 'stop' &&
    recording.answers.some(({ identity, answer }) => identity === self?.identity && answer === 'agreed');
  return [...observers, ...(recorded ? [{ name: 'recording' } as const] : [])];
}

/** Browsers save it; the desktop app saves nothing of strangers. */
function save(text: string): void {
  saveFile(new Blob([text], { type: 'text/plain;charset=utf-8' }), 'autamedica.txt');
}

export interface ConsentsProps {
  readonly call: OpenCall;
  readonly snapshot: CallSnapshot;
  readonly entry: Pick<Entry, 'consultationId' | 'signalingUrl'>;
  readonly doctorName: string | undefined;
  readonly clinicName: string;
  readonly showing: boolean;
  readonly onClose: () => void;
}

export function Consents({ call, snapshot, entry, doctorName, clinicName, showing, onClose }: ConsentsProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [receipts, setReceipts] = useState<readonly ConsentEntry[]>();
  const { consultationId, signalingUrl } = entry;
  const host = useCallback(
    () => createHttpHostClient({ baseUrl: signalingUrl, token: call.token() }),
    [call, signalingUrl],
  );

  // What was just answered or withdrawn is a receipt too.
  const told = JSON.stringify(snapshot.consents);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of what was told asks again
  useEffect(() => {
    if (!showing) return;
    let current = true;
    host()
      .consents.list({ consultationId })
      .then(
        (list) => current && setReceipts(list),
        () => current && setProblem(t('consent.failed')),
      );
    return () => {
      current = false;
    };
  }, [showing, told, host, consultationId, t]);

  const answer = async (what: ConsentQuestion | Withdrawable, act: 'agreed' | 'declined' | 'withdrawn') => {
    setBusy(true);
    setProblem(undefined);
    try {
      await host().consents.answer({
        consultationId,
        purpose: what.name,
        answer: act,
        version: consentVersions[what.name],
        ...(what.name === 'observer' ? { subject: what.identity } : {}),
      });
    } catch (error) {
      // Answered in another window, or somebody ended the question meanwhile: the next state says so.
      if (!(error instanceof CatalogueError && error.code === 'CONSENT_NOT_ASKED'))
        setProblem(t('consent.failed'));
    } finally {
      setBusy(false);
    }
  };

  const question = openQuestion(snapshot);
  return (
    <Suspense>
      {question ? (
        <ConsentDialog
          key={question.name === 'observer' ? question.identity : question.name}
          question={question}
          doctorName={doctorName}
          busy={busy}
          problem={problem}
          onAnswer={(agreed) => void answer(question, agreed ? 'agreed' : 'declined')}
        />
      ) : showing ? (
        <PermissionsDialog
          receipts={receipts}
          standing={standingConsents(snapshot)}
          problem={problem}
          busy={busy}
          clinicName={clinicName}
          stage={snapshot.phase.name === 'live'}
          onWithdraw={(what) => void answer(what, 'withdrawn')}
          onCopy={copyText}
          onSave={window.autamedica ? undefined : save}
          onClose={onClose}
        />
      ) : null}
    </Suspense>
  );
}
