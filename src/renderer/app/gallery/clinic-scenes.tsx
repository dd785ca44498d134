/** The rest of the clinic's window: settings, tracking, audit log, computers and pairing. */
import type { TrackingStatus } from '../../../shared/contract/tracking.ts';
import { AuditScreen, type AuditScreenProps } from '../../screens/clinic/audit-screen.tsx';
import { ComputerSection, LeaveClinicDialog } from '../../screens/clinic/computer-section.tsx';
import { RenameDialog, RevokeDialog } from '../../screens/clinic/device-dialogs.tsx';
import { DevicesSection, type DevicesSectionProps } from '../../screens/clinic/devices-section.tsx';
import { NetworkSettings } from '../../screens/clinic/network-settings.tsx';
import { PairDialog } from '../../screens/clinic/pair-dialog.tsx';
import { PairingScreen, type PairingScreenProps } from '../../screens/clinic/pairing-screen.tsx';
import { RecoveryKeyDialog } from '../../screens/clinic/recovery-key-dialog.tsx';
import { StartScreen } from '../../screens/clinic/start-screen.tsx';
import { TrackingSettings } from '../../screens/clinic/tracking-settings.tsx';
import { PatientFrame } from '../../screens/patient/patient-frame.tsx';
import * as fake from './fakes.ts';
import type { Scenes } from './parts.tsx';
import { belowTheNetwork, clinic, done, nothing, settings } from './parts.tsx';

const networkOn = (
  <NetworkSettings
    destinations={[
      { reason: 'tracking', host: 'clinica.supabase.co' },
      { reason: 'video-server-download', host: 'github.com' },
    ]}
    status={{
      sharing: true,
      urls: ['https://192.168.1.24:8443', 'https://10.0.0.7:8443'],
      fingerprint: fake.fingerprint,
    }}
    busy={false}
    problem={undefined}
    onShare={nothing}
    onCopy={async () => {}}
  />
);

function tracking(change: Partial<TrackingStatus>) {
  const minute = 60_000;
  const ago = (minutes: number) => new Date(Date.now() - minutes * minute).toISOString();
  const status: TrackingStatus = {
    project: 'https://clinica-san-martin.supabase.co',
    pending: 0,
    refused: 0,
    refusedEvents: [],
    lastSentAt: ago(4),
    ...change,
  };
  // Without what stands above it, so that it is in the picture.
  return settings('ready', {
    ...belowTheNetwork,
    tracking: <TrackingSettings status={status} now={Date.now()} busy={false} onRetry={nothing} />,
  });
}

const refusedEvents = ['created', 'changed', 'started', 'closed'].map((what, index) => ({
  id: `${index}`,
  consultationId: 'c0a8e2d4-6f1b-4a83-9b27-51d0c7e6a914',
  kind: `consultation.${what}`,
  at: new Date(Date.now() - (90 - index) * 60_000).toISOString(),
  refusedAt: new Date(Date.now() - 80 * 60_000).toISOString(),
  because: '23514: new row for relation "consultation_events" violates check constraint "patients_are_known"',
}));

const auditProps: AuditScreenProps = {
  filters: { span: 'week', event: '', consultationId: '', caller: '' },
  onFilters: nothing,
  entries: fake.auditEntries,
  onRetry: nothing,
  onVerify: nothing,
  onExport: nothing,
  onCopy: async () => {},
};

function devices(change: Partial<DevicesSectionProps> = {}) {
  return (
    <DevicesSection
      devices={fake.devices}
      now={Date.now()}
      ownDeviceId={fake.devices[0]?.deviceId}
      onPair={nothing}
      onRename={nothing}
      onRevoke={nothing}
      {...change}
    />
  );
}

function pairing(change: Partial<PairingScreenProps> = {}) {
  return (
    <PatientFrame clinicName="" onLanguage={nothing}>
      <PairingScreen
        revoked={false}
        initialCode=""
        initialDeviceName="Chrome, Windows"
        asksToKeep
        busy={false}
        readLink={() => undefined}
        onPair={nothing}
        {...change}
      />
    </PatientFrame>
  );
}

const pairProps = {
  code: undefined,
  paired: undefined,
  busy: false,
  onMake: nothing,
  onCopy: done,
  onClose: nothing,
};

export const clinicScenes: Scenes = {
  'clinic-devices': () => settings('ready', { devices: devices() }),
  'clinic-devices-empty': () => settings('ready', { devices: devices({ devices: [] }) }),
  'clinic-pair': () => (
    <>
      {settings('ready', { devices: devices() })}
      <PairDialog {...pairProps} />
    </>
  ),
  'clinic-pair-code': () => (
    <>
      {settings('ready', { devices: devices() })}
      <PairDialog {...pairProps} code={fake.pairingCode} />
    </>
  ),
  'clinic-pair-done': () => (
    <>
      {settings('ready', { devices: devices() })}
      <PairDialog {...pairProps} code={fake.pairingCode} paired="Recepción" />
    </>
  ),
  'clinic-rename-device': () => (
    <>
      {settings('ready', { devices: devices() })}
      {fake.devices[1] ? (
        <RenameDialog device={fake.devices[1]} busy={false} onRename={nothing} onClose={nothing} />
      ) : null}
    </>
  ),
  'clinic-revoke-device': () => (
    <>
      {settings('ready', { devices: devices() })}
      {fake.devices[1] ? (
        <RevokeDialog
          device={fake.devices[1]}
          own={false}
          busy={false}
          onRevoke={nothing}
          onClose={nothing}
        />
      ) : null}
    </>
  ),
  'clinic-start': () => (
    <PatientFrame clinicName="" onLanguage={nothing}>
      <StartScreen onChoose={nothing} />
    </PatientFrame>
  ),
  'clinic-pairing': () => pairing(),
  'clinic-pairing-desktop': () =>
    pairing({
      initialAddress: 'https://192.168.1.24:8443',
      initialCode: 'K7M4QX29',
      initialDeviceName: 'PC-RECEPCION',
      asksToKeep: false,
      problem: 'El código no sirve: puede estar mal escrito, usado o vencido. Revisalo, o pedí uno nuevo.',
      onBack: nothing,
    }),
  'clinic-pairing-found': () =>
    pairing({
      initialAddress: 'https://192.168.1.24:8443',
      initialDeviceName: 'PC-RECEPCION',
      asksToKeep: false,
      found: [
        { name: 'Clínica San Martín', address: 'https://192.168.1.24:8443', fingerprint: '4f'.repeat(32) },
        { name: 'Consultorios Belgrano', address: 'https://192.168.1.31:8443', fingerprint: 'a0'.repeat(32) },
      ],
      onBack: nothing,
    }),
  'clinic-pairing-revoked': () => pairing({ revoked: true }),
  'clinic-settings-ready': () => settings('ready'),
  'clinic-settings-bringing': () => settings('bringing', belowTheNetwork),
  'clinic-audit': () => clinic('settings', <AuditScreen {...auditProps} onMore={nothing} />),
  'clinic-audit-sound': () => clinic('settings', <AuditScreen {...auditProps} verdict={fake.soundVerdict} />),
  'clinic-audit-changed': () =>
    clinic('settings', <AuditScreen {...auditProps} verdict={fake.changedVerdict} />),
  'clinic-audit-empty': () => clinic('settings', <AuditScreen {...auditProps} entries={[]} />),
  'clinic-settings-shared': () => settings('ready', { network: networkOn }),
  'clinic-settings-absent': () => settings('absent', belowTheNetwork),
  'clinic-tracking-off': () => tracking({ project: undefined }),
  'clinic-tracking-ready': () => tracking({}),
  'clinic-tracking-away': () =>
    tracking({
      pending: 12,
      problem: {
        kind: 'unreachable',
        detail: 'TypeError: fetch failed',
        since: new Date(Date.now() - 3 * 24 * 3_600_000).toISOString(),
        nextTryAt: new Date(Date.now() + 240_000).toISOString(),
      },
    }),
  'clinic-tracking-refused': () => tracking({ refused: 4, refusedEvents }),
  'clinic-settings-computer': () =>
    settings('ready', {
      computer: <ComputerSection onRecoveryKey={nothing} onRecordingKey={nothing} onChangeUse={nothing} />,
    }),
  'clinic-recovery-key-confirm': () => (
    <>
      {settings('ready')}
      <RecoveryKeyDialog of="backups" busy={false} onShow={nothing} onPrint={nothing} onClose={nothing} />
    </>
  ),
  'clinic-recovery-key': () => (
    <>
      {settings('ready')}
      <RecoveryKeyDialog
        of="backups"
        shown={{ key: 'K7M4Q-X29BD-HRTW3-P6YEA-9FUNZ', computerName: 'consultorio-1' }}
        clinicName="Clínica San Martín"
        busy={false}
        onShow={nothing}
        onPrint={nothing}
        onClose={nothing}
      />
    </>
  ),
  'clinic-recording-key': () => (
    <>
      {settings('ready')}
      <RecoveryKeyDialog
        of="recordings"
        shown={{
          key: `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.repeat(2).slice(0, 58)}`,
          about: `age1${'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.repeat(2).slice(0, 58)}`,
          computerName: 'consultorio-1',
        }}
        clinicName="Clínica San Martín"
        busy={false}
        onShow={nothing}
        onPrint={nothing}
        onClose={nothing}
      />
    </>
  ),
  'clinic-leave': () => (
    <>
      {settings('ready')}
      <LeaveClinicDialog people={2} busy={false} onLeave={nothing} onClose={nothing} />
    </>
  ),
};
