/** The library of recordings with its data: what is searched and chosen, what the host answers, and what is decided. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  KeptRecording,
  RecordingFilter,
  RecordingUse,
} from '../../../shared/contract/recording-library.ts';
import type { HostClient } from '../../host-client/index.ts';
import { type CheckResult, RecordingDetail, type Saving } from '../../screens/clinic/recording-detail.tsx';
import { RecordingsScreen } from '../../screens/clinic/recordings-screen.tsx';
import { useGrowing } from '../growing-list.ts';
import { desktopShell, staffHost } from '../hosts.ts';
import { usePolled } from '../polled.ts';
import { problemText } from '../problems.ts';
import { useSettled } from '../settled.ts';
import { useStaff } from '../staff/staff-door.tsx';
import { searchOf } from './recording-search.ts';
import { RecordingSheet, type SheetName } from './recording-sheet.tsx';
import { saveExport } from './save-export.ts';
import { StaffPlayer } from './staff-player.tsx';

const listPause = 5_000;
const rulesPause = 30_000;
/** Between two letters of a search, ms. */
const settleMs = 250;
const pages = { pause: listPause, first: 50, most: 200 };

export interface RecordingsProps {
  /** The chosen recording, by its address; undefined: the first one. */
  readonly egressId: string | undefined;
  /** ms since the epoch. */
  readonly now: number;
  readonly onOpenConsultation: (consultationId: string) => void;
}

export function Recordings({ egressId, now, onOpenConsultation }: RecordingsProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [filter, setFilter] = useState<RecordingFilter>('kept');
  const words = useSettled(text.trim(), settleMs);
  const list = useGrowing(
    async (limit) =>
      (await staffHost()).recordingLibrary.find({ ...searchOf(words, Date.now()), filter, limit }),
    `${filter} ${words}`,
    pages,
  );
  const recordings = list.data?.recordings;
  const listed = recordings?.find((one) => one.egressId === egressId);
  // Linked from elsewhere, and not among those that are shown.
  const linked = usePolled(
    async () =>
      egressId === undefined || listed !== undefined
        ? undefined
        : (await (await staffHost()).recordingLibrary.find({ egressId })).recordings[0],
    listPause,
    `${egressId} ${listed === undefined}`,
  );
  const selected = egressId === undefined ? recordings?.[0] : (listed ?? linked.data);
  // It goes on while another recording is looked at.
  const [saving, setSaving] = useState<Saving>();
  return (
    <RecordingsScreen
      search={text}
      onSearch={setText}
      filter={filter}
      onFilter={setFilter}
      recordings={recordings}
      total={list.data?.total}
      problem={list.error === undefined ? undefined : t(problemText(list.error))}
      onRetry={list.refresh}
      onMore={list.more}
      selected={selected?.egressId}
      now={now}
      detail={
        selected && (
          <Chosen
            key={selected.egressId}
            recording={selected}
            now={now}
            saving={saving}
            onSaving={setSaving}
            onNotes={() => onOpenConsultation(selected.consultationId)}
          />
        )
      }
    />
  );
}

function Chosen({
  recording,
  now,
  saving,
  onSaving,
  onNotes,
}: {
  readonly recording: KeptRecording;
  readonly now: number;
  readonly saving: Saving | undefined;
  readonly onSaving: (saving: Saving | undefined) => void;
  readonly onNotes: () => void;
}) {
  const { t } = useTranslation();
  const staff = useStaff();
  const [sheet, setSheet] = useState<SheetName>();
  const [check, setCheck] = useState<CheckResult>();
  const [problem, setProblem] = useState<string>();
  const rules = usePolled(async () => (await staffHost()).recordingLibrary.rules(), rulesPause);
  const { egressId, consultationId } = recording;

  const attempt = async (what: () => Promise<void>) => {
    setProblem(undefined);
    try {
      await what();
    } catch (error) {
      setProblem(t(problemText(error)));
    }
  };
  const name = recording.patientName;
  /** @param ask for the address of what is to be saved. */
  const save = (ask: (library: HostClient['recordingLibrary']) => Promise<{ readonly url: string }>) =>
    void attempt(async () => {
      onSaving(undefined);
      const { url } = await ask((await staffHost()).recordingLibrary);
      if (desktopShell()) onSaving({ name, state: 'saving' });
      try {
        const outcome = await saveExport(url);
        onSaving(outcome === undefined || outcome === 'cancelled' ? undefined : { name, state: outcome });
      } catch (error) {
        onSaving(undefined);
        throw error;
      }
    });
  const saveContent = (use: RecordingUse) => save((library) => library.ticket({ egressId, use }));
  const readable = rules.data?.readable !== false;
  return (
    <>
      <RecordingDetail
        recording={recording}
        now={now}
        player={<StaffPlayer recording={recording} />}
        check={check}
        problem={problem}
        saving={saving}
        onNotes={onNotes}
        onExport={readable ? () => saveContent('export') : undefined}
        onExportEncrypted={() => saveContent('encrypted')}
        onCheck={() =>
          void attempt(async () => {
            setCheck({ name: 'checking' });
            try {
              const { sound, fault } = await (await staffHost()).recordingLibrary.check({ egressId });
              setCheck(sound ? { name: 'sound' } : { name: 'damaged', offset: fault?.offset });
            } catch (error) {
              setCheck(undefined);
              throw error;
            }
          })
        }
        onHold={() => setSheet('hold')}
        onShare={readable && rules.data?.sharing ? () => setSheet('share') : undefined}
        onRelease={staff.administers ? () => setSheet('release') : undefined}
        onKeep={staff.administers ? () => setSheet('keep') : undefined}
        onRemove={staff.administers ? () => setSheet('remove') : undefined}
        onPack={staff.administers ? () => save((library) => library.pack({ consultationId })) : undefined}
      />
      {sheet === undefined ? null : (
        <RecordingSheet
          name={sheet}
          recording={recording}
          retentionDays={rules.data?.retentionDays}
          now={now}
          onClose={() => setSheet(undefined)}
        />
      )}
    </>
  );
}
