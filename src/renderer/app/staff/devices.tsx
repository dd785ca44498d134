/** The paired computers with their data: listed, paired, renamed and revoked by an administrator. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StaffRole } from '../../../shared/access/access.ts';
import type { PairingCode, StaffDevice } from '../../../shared/contract/staff.ts';
import { useNow } from '../../components/format.ts';
import type { HostClient } from '../../host-client/index.ts';
import { RenameDialog, RevokeDialog } from '../../screens/clinic/device-dialogs.tsx';
import { DevicesSection } from '../../screens/clinic/devices-section.tsx';
import { PairDialog } from '../../screens/clinic/pair-dialog.tsx';
import { copyText, staffHost } from '../hosts.ts';
import { usePolled } from '../polled.ts';
import { problemText } from '../problems.ts';
import { useStaff } from './staff-door.tsx';

const listPause = 3_000;

type Sheet =
  | { readonly name: 'pair'; readonly code?: PairingCode; readonly known: ReadonlySet<string> }
  | { readonly name: 'rename' | 'revoke'; readonly device: StaffDevice };

export function Devices() {
  const { t } = useTranslation();
  const { self } = useStaff();
  const now = useNow();
  const devices = usePolled(async () => (await staffHost()).staff.devices(), listPause);
  const [sheet, setSheet] = useState<Sheet>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const list = devices.data;

  /** The one that came while its code was shown. */
  const paired =
    sheet?.name === 'pair' && sheet.code
      ? list?.find(({ deviceId }) => !sheet.known.has(deviceId))?.deviceName
      : undefined;

  const open = (next: Sheet | undefined) => {
    setProblem(undefined);
    setSheet(next);
  };
  const attempt = async (what: (host: HostClient) => Promise<Sheet | undefined>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      setSheet(await what(await staffHost()));
      devices.refresh();
    } catch (error) {
      setProblem(t(problemText(error)));
    } finally {
      setBusy(false);
    }
  };
  const make = (wish: { personName: string; role: StaffRole }) =>
    attempt(async ({ staff }) => {
      const known = new Set((await staff.devices()).map(({ deviceId }) => deviceId));
      return { name: 'pair', code: await staff.invite(wish), known };
    });

  // Removed from the list meanwhile, by another administrator.
  const gone =
    sheet !== undefined &&
    'device' in sheet &&
    list !== undefined &&
    !list.some(({ deviceId }) => deviceId === sheet.device.deviceId);
  useEffect(() => {
    if (gone) setSheet(undefined);
  }, [gone]);

  return (
    <>
      <DevicesSection
        devices={list}
        problem={devices.error === undefined ? undefined : t(problemText(devices.error))}
        now={now}
        ownDeviceId={self?.deviceId}
        onPair={() => open({ name: 'pair', known: new Set() })}
        onRename={(device) => open({ name: 'rename', device })}
        onRevoke={(device) => open({ name: 'revoke', device })}
      />
      {sheet?.name === 'pair' ? (
        <PairDialog
          code={sheet.code}
          paired={paired}
          busy={busy}
          problem={problem}
          onMake={(wish) => void make(wish)}
          onCopy={copyText}
          onClose={() => open(undefined)}
        />
      ) : null}
      {sheet?.name === 'rename' ? (
        <RenameDialog
          device={sheet.device}
          busy={busy}
          problem={problem}
          onRename={(change) =>
            void attempt(async ({ staff }) => {
              await staff.rename({ deviceId: sheet.device.deviceId, ...change });
              return undefined;
            })
          }
          onClose={() => open(undefined)}
        />
      ) : null}
      {sheet?.name === 'revoke' ? (
        <RevokeDialog
          device={sheet.device}
          own={sheet.device.deviceId === self?.deviceId}
          busy={busy}
          problem={problem}
          onRevoke={() =>
            void attempt(async ({ staff }) => {
              await staff.revoke({ deviceId: sheet.device.deviceId });
              return undefined;
            })
          }
          onClose={() => open(undefined)}
        />
      ) : null}
    </>
  );
}
