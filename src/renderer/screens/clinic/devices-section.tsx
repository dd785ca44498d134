/** Who works with the clinic from which computer: the list, its empty state, and what can be done with each. */
import { EllipsisVertical, Laptop, PencilLine, Plus, Unlink } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { StaffRole } from '../../../shared/access/access.ts';
import type { StaffDevice } from '../../../shared/contract/staff.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { formatDay, formatTime, isSameDay } from '../../components/format.ts';
import { Menu, MenuItem } from '../../components/menu.tsx';

export interface DevicesSectionProps {
  /** Undefined until the host has answered. */
  readonly devices: readonly StaffDevice[] | undefined;
  readonly problem?: string | undefined;
  /** ms since the epoch. */
  readonly now: number;
  /** The computer this page is on, when it is one of them. */
  readonly ownDeviceId?: string | undefined;
  readonly onPair: () => void;
  readonly onRename: (device: StaffDevice) => void;
  readonly onRevoke: (device: StaffDevice) => void;
}

export const roleWords: Readonly<Record<StaffRole, string>> = {
  admin: 'roles.admin',
  clinician: 'roles.clinician',
  reception: 'roles.reception',
};

/** Seen within this time: now. The host notes it once a minute. ms */
const nowWithin = 2 * 60_000;

function Device({
  device,
  now,
  own,
  onRename,
  onRevoke,
}: Pick<DevicesSectionProps, 'now' | 'onRename' | 'onRevoke'> & {
  readonly device: StaffDevice;
  readonly own: boolean;
}) {
  const { t, i18n } = useTranslation();
  const seen = device.lastSeenAt === undefined ? undefined : new Date(device.lastSeenAt);
  const when =
    seen === undefined
      ? t('devices.never')
      : now - seen.getTime() < nowWithin
        ? t('devices.now')
        : t('devices.seen', {
            when: isSameDay(seen, new Date(now))
              ? formatTime(seen, i18n.language)
              : `${formatDay(seen, i18n.language)}, ${formatTime(seen, i18n.language)}`,
          });
  return (
    <li className="setting device">
      <div className="row row--12">
        <Avatar name={device.personName} />
        <div className="stack">
          <h3>{device.personName}</h3>
          <p className="small muted">
            {device.deviceName}
            {own ? ` (${t('devices.this')})` : ''}. {when}
          </p>
        </div>
      </div>
      <div className="row">
        <span className="chip chip--accent">{t(roleWords[device.role])}</span>
        <Menu
          trigger={
            <IconButton icon={EllipsisVertical} label={t('devices.actions', { name: device.personName })} />
          }
        >
          <MenuItem icon={PencilLine} onSelect={() => onRename(device)}>
            {t('devices.rename')}
          </MenuItem>
          <MenuItem icon={Unlink} danger onSelect={() => onRevoke(device)}>
            {t('devices.revoke')}
          </MenuItem>
        </Menu>
      </div>
    </li>
  );
}

export function DevicesSection(props: DevicesSectionProps) {
  const { t } = useTranslation();
  const { devices } = props;
  return (
    <section aria-labelledby="settings-devices" aria-busy={devices === undefined}>
      <div className="row">
        <h2 id="settings-devices">{t('devices.title')}</h2>
        {devices !== undefined && devices.length > 0 ? (
          <Button className="push" icon={Plus} onClick={props.onPair}>
            {t('devices.pair')}
          </Button>
        ) : null}
      </div>
      <div className="card">
        {devices === undefined ? (
          <p className="setting muted" role="status">
            {props.problem ?? t('devices.loading')}
          </p>
        ) : devices.length === 0 ? (
          <div className="empty">
            <Laptop />
            <h3>{t('devices.emptyTitle')}</h3>
            <p className="small">{t('devices.emptyText')}</p>
            <Button icon={Plus} onClick={props.onPair}>
              {t('devices.pair')}
            </Button>
          </div>
        ) : (
          <ul className="devices">
            {devices.map((device) => (
              <Device
                key={device.deviceId}
                device={device}
                own={device.deviceId === props.ownDeviceId}
                now={props.now}
                onRename={props.onRename}
                onRevoke={props.onRevoke}
              />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
