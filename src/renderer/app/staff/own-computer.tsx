/** For a paired computer: as what it is paired, and giving that up. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { RevokeDialog } from '../../screens/clinic/device-dialogs.tsx';
import { roleWords } from '../../screens/clinic/devices-section.tsx';
import { desktopShell, renewStaffHost, staffHost } from '../hosts.ts';
import { problemText } from '../problems.ts';
import { forgetCredential } from './credential.ts';
import { useStaff } from './staff-door.tsx';

export function OwnComputer() {
  const { t } = useTranslation();
  const { self } = useStaff();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  if (self?.deviceId === undefined) return null;

  const unpair = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await (await staffHost()).staff.unpair();
      const shell = await desktopShell();
      if (shell) await shell.clinic.forget();
      else {
        forgetCredential();
        renewStaffHost();
      }
    } catch (error) {
      setProblem(t(problemText(error)));
      setBusy(false);
    }
  };
  return (
    <section aria-labelledby="settings-own">
      <h2 id="settings-own">{t('settings.host')}</h2>
      <div className="card">
        <div className="setting">
          <div className="stack">
            <h3>{t('settings.paired', { clinic: self.clinicName })}</h3>
            <p className="small muted">{[self.name, t(roleWords[self.role])].filter(Boolean).join(', ')}</p>
          </div>
          <Button look="danger-quiet" onClick={() => setAsking(true)}>
            {t('devices.revoke')}
          </Button>
        </div>
      </div>
      {asking ? (
        <RevokeDialog
          device={{ personName: self.name ?? '', deviceName: '' }}
          own
          busy={busy}
          problem={problem}
          onRevoke={() => void unpair()}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </section>
  );
}
