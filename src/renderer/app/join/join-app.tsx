/** The patient's and the observer's page: from the link to the call and out again. */
import { CircleAlert, CloudOff, Link2Off, type LucideIcon } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { CatalogueError, createHttpHostClient } from '../../host-client/index.ts';
import { JoinScreen } from '../../screens/patient/join-screen.tsx';
import { MessageScreen } from '../../screens/patient/message-screen.tsx';
import { PatientFrame } from '../../screens/patient/patient-frame.tsx';
import { askShell, desktopShell } from '../hosts.ts';
import { preferences } from '../preferences.ts';
import { recall, remember } from '../remembered.ts';
import { goTo, invitationOf } from '../route.ts';
import type { InvitationGreeting } from './greeting.ts';
import { Over } from './over.tsx';
import { loadCall, Visit } from './visit.tsx';

export interface JoinAppProps {
  readonly code: string | undefined;
  /** Origin of the clinic's host; this page's own when absent. */
  readonly host: string | undefined;
}

type Door =
  | { readonly name: 'asking' }
  | { readonly name: 'open'; readonly greeting: InvitationGreeting }
  | {
      readonly name:
        | 'invalid'
        | 'expired'
        | 'revoked'
        | 'closed'
        | 'cancelled'
        | 'missed'
        | 'unreachable'
        | 'busy';
    };

interface Words {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly text: string;
}

/** Trying again may help. */
const pauses = {
  unreachable: { icon: CloudOff, title: 'door.unreachableTitle', text: 'door.unreachableText' },
  busy: { icon: CircleAlert, title: 'door.errorTitle', text: 'door.tooManyText' },
} as const;

/** Only another invitation helps. */
const ends = {
  closed: { icon: Link2Off, title: 'door.closedTitle', text: 'door.closedText' },
  invalid: { icon: Link2Off, title: 'door.invalidTitle', text: 'door.invalidText' },
} as const;

const retryPause = 3_000;

/** The last clinic somebody entered from this device: lets them find it again with only a code. A link that was only opened proves nothing. */
const lastHostKey = 'autamedica.last-host';

/** Where a code goes that comes without a link. */
function codesGoTo(): string | undefined {
  return window.autamedica ? recall(lastHostKey) : undefined;
}

/** A host as people read it: letters that only look like others are written out by the browser. */
function addressOf(host: string | undefined): string | undefined {
  try {
    return host && new URL(host).host;
  } catch {
    return undefined;
  }
}

function AskForInvitation() {
  const join = (text: string): boolean => {
    const invitation = invitationOf(text);
    if (!invitation) return false;
    const shell = desktopShell();
    const host = invitation.host ?? codesGoTo();
    if (!shell) {
      // A link of another clinic is opened there: its host serves this same page.
      const path = `/join/${encodeURIComponent(invitation.code)}`;
      if (host && host !== location.origin && /^https?:/.test(host)) location.assign(host + path);
      else goTo(path);
      return true;
    }
    if (!host) return false;
    const { code, fingerprint } = invitation;
    const query = new URLSearchParams({ host, code, ...(fingerprint ? { fingerprint } : {}) });
    void shell
      .then((desktop) => desktop.windows.openInvitation({ link: `autamedica://join?${query}` }))
      .catch(() => goTo(`/join?${query}`));
    return true;
  };
  const otherUse = window.autamedica ? () => askShell((shell) => shell.app.ask()) : undefined;
  return <JoinScreen onJoin={join} onOtherUse={otherUse} />;
}

export default function JoinApp({ code, host }: JoinAppProps) {
  const { t } = useTranslation();
  const baseUrl = host ?? location.origin;
  const client = useMemo(() => createHttpHostClient({ baseUrl }), [baseUrl]);
  const [door, setDoor] = useState<Door>({ name: 'asking' });
  const [round, setRound] = useState(0);
  const [clinicName, setClinicName] = useState('');

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what asks again
  useEffect(() => {
    if (!code) return;
    let current = true;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const greeting = await client.invitations.greet({ code });
        if (!current) return;
        setClinicName(greeting.clinicName);
        setDoor(greeting.over ? { name: greeting.over } : { name: 'open', greeting });
      } catch (error) {
        if (!current) return;
        if (error instanceof CatalogueError && error.code === 'TOO_MANY_REQUESTS') setDoor({ name: 'busy' });
        else if (error instanceof CatalogueError && error.code === 'INVITATION_EXPIRED')
          setDoor({ name: 'expired' });
        else if (error instanceof CatalogueError && error.code === 'INVITATION_REVOKED')
          setDoor({ name: 'revoked' });
        else if (error instanceof CatalogueError && error.status < 500) setDoor({ name: 'invalid' });
        else {
          setDoor({ name: 'unreachable' });
          timer = setTimeout(() => void ask(), retryPause);
        }
      }
    };
    void ask();
    // Comes while the host is asked and the person checks the devices, so that entering does not wait for it.
    void loadCall();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, code, host, round]);

  useEffect(() => {
    document.title = t('patient.document', { clinic: clinicName || t('common.product') });
  }, [clinicName, t]);

  const entered = useCallback(() => {
    if (host) remember(lastHostKey, host);
  }, [host]);
  const again = useCallback(() => {
    setDoor({ name: 'asking' });
    setRound((before) => before + 1);
  }, []);
  const frame = (page: React.ReactNode) => (
    <PatientFrame
      clinicName={clinicName}
      address={addressOf(host ?? (code ? undefined : codesGoTo()))}
      onLanguage={(language) => preferences.set({ language })}
    >
      {page}
    </PatientFrame>
  );
  const say = ({ icon, title, text }: Words) => ({ icon, title: t(title), text: t(text) });

  if (!code) return frame(<AskForInvitation />);
  switch (door.name) {
    case 'asking':
      return frame(
        <p className="muted" role="status">
          {t('door.loading')}
        </p>,
      );
    case 'open':
      return (
        <Visit
          key={round}
          code={code}
          client={client}
          greeting={door.greeting}
          frame={frame}
          onEntered={entered}
          onAgain={again}
        />
      );
    case 'unreachable':
    case 'busy':
      return frame(
        <MessageScreen kind="warn" {...say(pauses[door.name])}>
          <Button look="primary" size="large" wide onClick={again}>
            {t('common.retry')}
          </Button>
        </MessageScreen>,
      );
    case 'closed':
    case 'invalid':
      return frame(
        <MessageScreen kind={door.name === 'closed' ? 'plain' : 'warn'} {...say(ends[door.name])}>
          <Button look="quiet" size="touch" wide onClick={() => goTo('/join')}>
            {t('door.otherCode')}
          </Button>
        </MessageScreen>,
      );
    case 'cancelled':
    case 'missed':
    case 'expired':
    case 'revoked':
      return frame(<Over reason={door.name} onReturn={again} />);
  }
}
