/** Recordings after the call: the library, its settings, the S3 bucket, and what a patient was sent. */
import { Link2Off } from 'lucide-react';
import type { RecordingStorageStatus } from '../../../shared/contract/recording-storage.ts';
import { RecordingDetail, type RecordingDetailProps } from '../../screens/clinic/recording-detail.tsx';
import { KeepDialog, ReasonDialog, ShareDialog } from '../../screens/clinic/recording-dialogs.tsx';
import { RecordingPlayer } from '../../screens/clinic/recording-player.tsx';
import { RecordingSettings } from '../../screens/clinic/recording-settings.tsx';
import { RecordingStorageSettings } from '../../screens/clinic/recording-storage-settings.tsx';
import { RecordingsScreen, type RecordingsScreenProps } from '../../screens/clinic/recordings-screen.tsx';
import { MessageScreen } from '../../screens/patient/message-screen.tsx';
import { SharedRecordingScreen } from '../../screens/patient/shared-recording-screen.tsx';
import * as fake from './fakes.ts';
import type { Scenes } from './parts.tsx';
import { belowTheNetwork, clinic, done, framed, nothing, recordingOf, settings, still } from './parts.tsx';

function storage(change: Partial<RecordingStorageStatus>) {
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const status: RecordingStorageStatus = {
    place: { endpoint: 'https://s3.almacen.example', bucket: 'clinica-san-martin', prefix: 'grabaciones/' },
    pending: 0,
    pendingBytes: 0,
    stored: 214,
    storedOnly: 180,
    lastStoredAt: ago(26),
    keepLocalDays: 30,
    removing: 0,
    heldHereOnly: 0,
    troubled: [],
    ...change,
  };
  return settings('ready', {
    ...belowTheNetwork,
    recordingStorage: (
      <>
        <RecordingStorageSettings status={status} now={Date.now()} busy={false} onRetry={nothing} />
        <span hidden ref={(element) => element?.previousElementSibling?.scrollIntoView()} />
      </>
    ),
  });
}

const storageAway = {
  since: new Date(Date.now() - 3 * 24 * 3_600_000).toISOString(),
  nextTryAt: new Date(Date.now() + 240_000).toISOString(),
};

const recordingDialog = { recording: recordingOf(0), busy: false, onClose: nothing };

const shareProps = {
  links: fake.recordingLinks,
  now: Date.now(),
  onMake: nothing,
  onRevoke: nothing,
  onCopy: done,
};

function recordings(change: Partial<RecordingsScreenProps>, detail: Partial<RecordingDetailProps> = {}) {
  const recording = detail.recording ?? recordingOf(0);
  return clinic(
    'recordings',
    <RecordingsScreen
      search=""
      onSearch={nothing}
      filter="kept"
      onFilter={nothing}
      recordings={fake.recordings}
      total={{ count: 42, sizeBytes: 18_600_000_000 }}
      onRetry={nothing}
      selected={recording.egressId}
      now={Date.now()}
      detail={
        <RecordingDetail
          recording={recording}
          now={Date.now()}
          player={still}
          onNotes={nothing}
          onExport={nothing}
          onExportEncrypted={nothing}
          onCheck={nothing}
          onHold={nothing}
          onShare={nothing}
          onRelease={nothing}
          onKeep={nothing}
          onRemove={nothing}
          onPack={nothing}
          {...detail}
        />
      }
      {...change}
    />,
  );
}

export const recordingScenes: Scenes = {
  'clinic-storage-off': () => storage({ place: undefined, stored: 0 }),
  'clinic-storage-ready': () => storage({}),
  'clinic-storage-uploading': () =>
    storage({
      pending: 3,
      pendingBytes: 1_400_000_000,
      current: { egressId: 'EG_k3v9', sentBytes: 243_000_000, sizeBytes: 512_000_000 },
    }),
  'clinic-storage-away': () =>
    storage({
      pending: 12,
      pendingBytes: 5_900_000_000,
      problem: { kind: 'unreachable', detail: 'ECONNREFUSED: connect ECONNREFUSED', ...storageAway },
    }),
  'clinic-storage-troubled': () =>
    storage({
      pending: 1,
      pendingBytes: 310_000_000,
      removing: 2,
      heldHereOnly: 4,
      troubled: [
        {
          egressId: 'EG_bq7wTn20xPa',
          task: 'upload',
          kind: 'damaged',
          detail: 'Its SHA-256 was 9f2c… and is 41ab… (309884160 bytes)',
          ...storageAway,
        },
        {
          egressId: 'EG_Vr51dmX8kQe',
          task: 'remove',
          kind: 'locked',
          detail: 'AccessDenied: Access Denied because object protected by object lock.',
          ...storageAway,
        },
      ],
    }),
  'clinic-recordings': () => recordings({}),
  'clinic-recordings-held': () =>
    recordings({}, { recording: { ...recordingOf(0), hold: fake.hold }, check: { name: 'sound' } }),
  'clinic-recordings-missing': () =>
    recordings(
      { recordings: [fake.missingRecording, ...fake.recordings.slice(1)] },
      { recording: fake.missingRecording },
    ),
  'clinic-recordings-exporting': () => recordings({}, { saving: { name: 'Elena Ruiz', state: 'saving' } }),
  'clinic-recordings-not-exported': () =>
    recordings({}, { saving: { name: 'Tomás Quiroga', state: 'failed' } }),
  'clinic-recordings-damaged': () =>
    recordings(
      {},
      {
        recording: recordingOf(2),
        check: { name: 'damaged', offset: 12_400_000 },
        player: (
          <RecordingPlayer
            label="Grabación"
            problem="La grabación no se puede reproducir. Comprobala, o exportala y abrila con otro programa."
            onRetry={nothing}
          />
        ),
      },
    ),
  'clinic-recordings-deleted': () =>
    recordings(
      { filter: 'deleted', recordings: [fake.deletedRecording] },
      { recording: fake.deletedRecording },
    ),
  'clinic-recordings-empty': () =>
    recordings({ recordings: [], total: { count: 0, sizeBytes: 0 }, detail: undefined }),
  'clinic-recordings-loading': () =>
    recordings({ recordings: undefined, total: undefined, detail: undefined }),
  'clinic-recordings-problem': () =>
    recordings({
      recordings: undefined,
      total: undefined,
      detail: undefined,
      problem: 'El servidor de la clínica no responde. Probá de nuevo en un momento.',
    }),
  'clinic-recording-remove': () => (
    <>
      {recordings({})}
      <ReasonDialog what="remove" {...recordingDialog} onDecide={nothing} />
    </>
  ),
  'clinic-recording-hold': () => (
    <>
      {recordings({})}
      <ReasonDialog what="hold" {...recordingDialog} onDecide={nothing} />
    </>
  ),
  'clinic-recording-keep': () => (
    <>
      {recordings({})}
      <KeepDialog {...recordingDialog} retentionDays={180} now={Date.now()} onDecide={nothing} />
    </>
  ),
  'clinic-recording-share': () => (
    <>
      {recordings({})}
      <ShareDialog {...recordingDialog} {...shareProps} />
    </>
  ),
  'clinic-recording-shared': () => (
    <>
      {recordings({})}
      <ShareDialog
        {...recordingDialog}
        {...shareProps}
        made="https://192.168.1.24:8443/recording#8vX2mQ0rT5yB7nC1kE4wZ6hJ9pL3sD0aF2gU5iO8xYk"
      />
    </>
  ),
  'clinic-settings-recordings': () =>
    settings('ready', {
      ...belowTheNetwork,
      recordings: (
        <RecordingSettings
          rules={{ sharing: true, retentionDays: 180, readable: true, egress: 'folder' }}
          busy={false}
          problem={undefined}
          onShare={nothing}
        />
      ),
    }),
  'patient-shared-recording': () =>
    framed(
      <SharedRecordingScreen
        startedAt={recordingOf(0).startedAt}
        durationMs={recordingOf(0).durationMs}
        linkExpiresAt={new Date(Date.now() + 3 * 24 * 3_600_000).toISOString()}
        player={still}
      />,
    ),
  'patient-shared-recording-over': () =>
    framed(
      <MessageScreen
        icon={Link2Off}
        title="El enlace ya no vale"
        text="Venció o la clínica lo anuló. Pedile uno nuevo si querés volver a ver la grabación."
      />,
    ),
};
