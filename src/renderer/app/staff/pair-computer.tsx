/** Pairs this computer: a browser keeps its credential itself, the desktop app has its shell do everything. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CatalogueError, createHttpHostClient, HostUnreachable } from '../../host-client/index.ts';
import { PairingScreen, type PairingWish } from '../../screens/clinic/pairing-screen.tsx';
import { PatientFrame } from '../../screens/patient/patient-frame.tsx';
import { desktopShell, renewStaffHost } from '../hosts.ts';
import { usePolled } from '../polled.ts';
import { preferences } from '../preferences.ts';
import { goTo, pairingLinkOf } from '../route.ts';
import { keepCredential } from './credential.ts';

/** Between two looks at the network, ms. */
const lookAgainMs = 2_000;

export interface PairComputerProps {
  readonly revoked: boolean;
  readonly code?: string;
  readonly onBack?: () => void;
}

const browserNames = { Edg: 'Edge', Firefox: 'Firefox', Chrome: 'Chrome', Safari: 'Safari' };
const systemNames = {
  Windows: 'Windows',
  Mac: 'Mac',
  Android: 'Android',
  iPhone: 'iPhone',
  iPad: 'iPad',
  Linux: 'Linux',
};

/** "Chrome, Windows": a first guess at what this computer is called, for the person to change. */
export function describeBrowser(userAgent: string): string {
  const found = (names: Readonly<Record<string, string>>) =>
    Object.entries(names).find(([mark]) => userAgent.includes(mark))?.[1];
  return [found(browserNames), found(systemNames)].filter((part) => part !== undefined).join(', ');
}

const words: Readonly<Record<string, string>> = {
  PAIRING_NOT_FOUND: 'pairing.wrong',
  TOO_MANY_REQUESTS: 'pairing.tooMany',
  BAD_ADDRESS: 'pairing.badAddress',
  INSECURE_ADDRESS: 'pairing.insecure',
  HOST_UNREACHABLE: 'pairing.unreachable',
};

/** The host's refusals and the shell's have codes. */
function problemKey(error: unknown): string {
  if (error instanceof HostUnreachable) return 'pairing.unreachable';
  const code = error instanceof CatalogueError ? error.code : (error as { code?: unknown } | undefined)?.code;
  return (typeof code === 'string' ? words[code] : undefined) ?? 'problems.unknown';
}

async function pairBrowser({ code, deviceName, keep }: PairingWish): Promise<void> {
  const host = createHttpHostClient({ baseUrl: location.origin });
  const { credential } = await host.staff.pair({ code, deviceName });
  keepCredential(credential, keep);
  renewStaffHost();
  if (location.pathname === '/pair') goTo('/');
}

export function PairComputer({ revoked, code = '', onBack }: PairComputerProps) {
  const { t } = useTranslation();
  const bridge = window.autamedica;
  const [deviceName, setDeviceName] = useState(bridge ? undefined : describeBrowser(navigator.userAgent));
  // In a browser there is nobody to ask.
  const { data: found } = usePolled(async () => (await desktopShell())?.clinic.find(), lookAgainMs);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    document.title = t('pairing.document');
    desktopShell()
      ?.then((shell) => shell.app.info())
      .then(({ computerName }) => setDeviceName(computerName))
      .catch(() => setDeviceName(''));
  }, [t]);

  const pair = async (wish: PairingWish) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const shell = await desktopShell();
      if (shell) {
        const { address, code, deviceName, fingerprint } = wish;
        // The shell opens the clinic's window, and closes this one.
        await shell.clinic.pair({ address, code, deviceName, ...(fingerprint ? { fingerprint } : {}) });
      } else await pairBrowser(wish);
    } catch (error) {
      setProblem(t(problemKey(error)));
      setBusy(false);
    }
  };
  return (
    <PatientFrame clinicName="" onLanguage={(language) => preferences.set({ language })}>
      {deviceName === undefined ? null : (
        <PairingScreen
          revoked={revoked}
          initialAddress={bridge ? (bridge.clinic ?? '') : undefined}
          initialCode={code}
          initialDeviceName={deviceName}
          asksToKeep={!bridge}
          busy={busy}
          problem={problem}
          found={found}
          readLink={pairingLinkOf}
          onPair={(wish) => void pair(wish)}
          onBack={onBack}
        />
      )}
    </PatientFrame>
  );
}
