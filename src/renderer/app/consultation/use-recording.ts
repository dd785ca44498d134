/** What a doctor does about recording: ask and record once all agree, stop, and not close the window on what is not sent. */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { consentVersions } from '../../../shared/consent/consent.ts';
import type { CallSnapshot } from '../../call/call.ts';
import { formatDuration } from '../../components/format.ts';
import { CatalogueError } from '../../host-client/index.ts';
import type { RecorderView } from '../../screens/doctor/recording-control.tsx';
import { staffHost } from '../hosts.ts';
import { useStore } from '../store.ts';
import type { CallRecording } from './call-recording.ts';
import { useClosing } from './use-closing.ts';

export interface RecordingVerbs {
  readonly recorder: RecorderView;
  readonly ask: () => void;
  readonly takeBack: () => void;
  readonly start: () => void;
  /** Done when the file is safe, or there was nothing to stop. Rejects as operations of the host do. */
  readonly stop: () => Promise<void>;
}

export interface UseRecordingOptions {
  readonly consultationId: string;
  readonly roomName: string;
  readonly snapshot: CallSnapshot;
  readonly recording: CallRecording;
  /** LiveKit Egress can record it, whatever this window can. */
  readonly byServer: boolean;
  /** Runs something and says what went wrong. */
  readonly attempt: (what: () => Promise<unknown>) => Promise<void>;
  /** Says one sentence for a moment. */
  readonly say: (sentence: string) => void;
}

export function useRecording(options: UseRecordingOptions): RecordingVerbs {
  const { consultationId, roomName, snapshot, recording, byServer, attempt, say } = options;
  const { t } = useTranslation();
  const { able, progress } = useStore(recording);
  /** The doctor wants it recorded as soon as all agree. */
  const [wished, setWished] = useState(false);
  const [starting, setStarting] = useState(false);
  const [saving, setSaving] = useState(false);
  const [made, setMade] = useState(false);
  const asked = snapshot.consents.recording?.verdict;
  const egressId = snapshot.recording?.egressId;

  const start = () => {
    setWished(false);
    setStarting(true);
    void attempt(async () => {
      try {
        await (await staffHost()).recordings.start({ consultationId, roomName });
      } catch (error) {
        setStarting(false);
        throw error;
      }
    });
  };
  const allAgreed = wished && asked === 'run' && egressId === undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time that all have agreed
  useEffect(() => {
    if (allAgreed) start();
  }, [allAgreed]);
  useEffect(() => {
    if (asked !== 'stop') return;
    setWished(false);
    setStarting(false);
  }, [asked]);
  useEffect(() => {
    // It is told by the line, before or after its operation is answered.
    if (egressId !== undefined) setStarting(false);
  }, [egressId]);
  useEffect(() => {
    if (egressId !== undefined) setMade(true);
    else if (asked !== 'run') setMade(false);
  }, [egressId, asked]);

  // Ended by somebody else: taken back by a person, or stopped by another window.
  const before = useRef<string>(undefined);
  useEffect(() => {
    if (before.current !== undefined && egressId === undefined && !saving && snapshot.phase.name === 'live')
      say(t('recording.ended'));
    before.current = egressId;
  }, [egressId, saving, snapshot.phase.name, say, t]);

  const unsent = progress && !progress.over ? progress.unsent : 0;
  const problems = progress && !progress.over ? progress.problems : [];
  const orders = snapshot.recorderOrders;

  const stop = async () => {
    if (egressId === undefined) return;
    setSaving(true);
    try {
      const { durationMs } = await (await staffHost()).recordings.stop({ consultationId, egressId });
      say(t('recording.saved', { time: formatDuration(durationMs) }));
    } catch (error) {
      // Somebody else stopped it in the same moment.
      if (!(error instanceof CatalogueError && error.code === 'RECORDING_NOT_FOUND')) throw error;
    } finally {
      setSaving(false);
    }
  };

  const unsafe = unsent > 0 || orders !== undefined || saving;
  const running = orders && !orders.end && !saving ? 'running' : 'saving';
  useClosing({
    because: unsafe ? (snapshot.signaling.name === 'ok' ? running : 'away') : undefined,
    inMemoryOnly: problems.includes('memory-only'),
    stop,
    attempt,
    say,
  });

  return {
    recorder: {
      able: able || byServer,
      made,
      doing: saving ? 'saving' : wished || starting ? 'starting' : 'nothing',
      unsent,
      problems,
    },
    ask: () => {
      setWished(true);
      void attempt(async () => (await staffHost()).consents.ask({ consultationId, purpose: 'recording' }));
    },
    takeBack: () => {
      setWished(false);
      void attempt(async () =>
        (await staffHost()).consents.answer({
          consultationId,
          purpose: 'recording',
          answer: 'withdrawn',
          version: consentVersions.recording,
        }),
      );
    },
    start,
    stop,
  };
}
