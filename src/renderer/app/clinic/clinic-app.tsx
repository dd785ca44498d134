/** The clinic window: the day, the waiting room and the settings, fed by the host. */
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consultation, LiveKitStatus } from '../../../shared/contract/contract.ts';
import type { WaitingPatient } from '../../../shared/contract/waiting-room.ts';
import { isSameDay, useNow } from '../../components/format.ts';
import { AgendaScreen, timeOf } from '../../screens/clinic/agenda-screen.tsx';
import { ClinicFrame, type HostView, type Section, sections } from '../../screens/clinic/clinic-frame.tsx';
import {
  type NewConsultation,
  NewConsultationDialog,
} from '../../screens/clinic/new-consultation-dialog.tsx';
import { SettingsScreen } from '../../screens/clinic/settings-screen.tsx';
import { WaitingRoomCard, WaitingRoomScreen } from '../../screens/clinic/waiting-room.tsx';
import { askForNotices, useArrivals } from '../arrivals.ts';
import { askShell, copyText, desktopShell, staffHost } from '../hosts.ts';
import { Invite } from '../invite.tsx';
import { usePolled } from '../polled.ts';
import { preferences } from '../preferences.ts';
import { problemText } from '../problems.ts';
import { recall, remember } from '../remembered.ts';
import { goTo } from '../route.ts';
import { serverUnavailableText } from '../server-words.ts';
import { useStore } from '../store.ts';
import { useLocalMedia } from '../use-local-media.ts';

const listPause = 2_000;
const statusPause = 3_000;

function subscribeToHash(listener: () => void): () => void {
  globalThis.addEventListener('hashchange', listener);
  return () => globalThis.removeEventListener('hashchange', listener);
}

function useSection(): Section {
  const hash = useSyncExternalStore(subscribeToHash, () => location.hash.slice(1));
  return sections.find((section) => section === hash) ?? 'agenda';
}

const sectionTitles: Readonly<Record<Section, string>> = {
  agenda: 'clinic.agenda',
  'waiting-room': 'clinic.waitingRoom',
  settings: 'clinic.settings',
};

const shortServerWords: Readonly<Record<LiveKitStatus['state'], string | undefined>> = {
  absent: 'livekit.shortAbsent',
  bringing: 'livekit.shortBringing',
  starting: 'livekit.shortStarting',
  ready: undefined,
  failed: 'livekit.shortFailed',
};

/** Opens the doctor's window of a consultation: its own in the desktop app, this one in a browser. */
function openConsultation(consultationId: string): void {
  if (window.autamedica) askShell((shell) => shell.windows.openConsultation({ consultationId }));
  else goTo(`/consultation/${encodeURIComponent(consultationId)}`);
}

function newId(kind: string): string {
  return `${kind}-${crypto.randomUUID()}`;
}

/** The doctor of this computer keeps one identity. */
function ownDoctorId(): string {
  const key = 'autamedica.doctor-id';
  const id = recall(key) ?? newId('doctor');
  remember(key, id);
  return id;
}

export default function ClinicApp() {
  const { t } = useTranslation();
  const section = useSection();
  const own = useStore(preferences);
  const now = useNow();
  const [sheet, setSheet] = useState<
    { readonly name: 'new' } | { readonly name: 'invite'; readonly consultation: Consultation }
  >();
  const [creating, setCreating] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  // No device is opened: it knows the chosen speaker, where the sound of an arrival belongs.
  const media = useLocalMedia();

  const consultations = usePolled(async () => (await staffHost()).consultations.list(), listPause);
  const waiting = usePolled(async () => (await staffHost()).waitingRoom.list(), listPause);
  const livekit = usePolled(async () => (await staffHost()).livekit.status(), statusPause);
  const health = usePolled(async () => (await staffHost()).health(), statusPause);
  const shellHost = usePolled(async () => (await desktopShell())?.app.host(), statusPause);

  const people = waiting.data ?? [];
  const chime = useCallback(async () => media?.playTestTone(), [media]);
  useArrivals(waiting.data ?? none, chime);

  const count = people.length;
  const title = t(sectionTitles[section]);
  useEffect(() => {
    document.title =
      count > 0
        ? t('clinic.documentWaiting', { count, section: title })
        : t('clinic.document', { section: title });
    askShell((shell) => shell.notices.badge({ count }));
  }, [count, title, t]);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'n' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [role="dialog"]'))
        return;
      event.preventDefault();
      setSheet((open) => open ?? { name: 'new' });
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);

  const host: HostView =
    health.error === undefined
      ? health.data === undefined
        ? 'starting'
        : 'running'
      : shellHost.data?.name === 'starting'
        ? 'starting'
        : 'away';

  const today = useMemo(
    () =>
      consultations.data
        ?.filter(
          (one) => isSameDay(timeOf(one), new Date(now)) || one.state === 'waiting' || one.state === 'live',
        )
        .sort((one, other) => timeOf(one).getTime() - timeOf(other).getTime()),
    [consultations.data, now],
  );

  const create = async (wish: NewConsultation) => {
    askForNotices();
    setCreating(true);
    setProblem(undefined);
    try {
      const client = await staffHost();
      const consultationId = crypto.randomUUID();
      preferences.set({ doctorName: wish.doctorName });
      await client.consultations.create({
        consultationId,
        patientId: newId('patient'),
        doctorId: ownDoctorId(),
        transport: wish.transport,
        ...(wish.patientName ? { patientName: wish.patientName } : {}),
        ...(wish.doctorName ? { doctorName: wish.doctorName } : {}),
      });
      const consultation = await client.consultations.get({ consultationId });
      setSheet({ name: 'invite', consultation });
      consultations.refresh();
    } catch (error) {
      setProblem(t(problemText(error)));
    } finally {
      setCreating(false);
    }
  };

  const answer = async (person: WaitingPatient, admit: boolean) => {
    const { consultationId, identity } = person;
    setBusy((before) => new Set(before).add(identity));
    try {
      const { waitingRoom } = await staffHost();
      if (admit) {
        await waitingRoom.admit({ consultationId, identity });
        openConsultation(consultationId);
      } else await waitingRoom.refuse({ consultationId, identity });
    } catch {
      // Whoever left meanwhile disappears with the next list; anything else is seen there too.
    }
    setBusy((before) => new Set([...before].filter((one) => one !== identity)));
    waiting.refresh();
  };

  const waitingProps = {
    people,
    busy,
    sound: own.sound,
    onSound: (sound: boolean) => {
      if (sound) askForNotices();
      preferences.set({ sound });
    },
    onAdmit: (person: WaitingPatient) => void answer(person, true),
    onRefuse: (person: WaitingPatient) => void answer(person, false),
  };
  const serverWord = livekit.data && shortServerWords[livekit.data.state];
  return (
    <>
      <ClinicFrame
        section={section}
        clinicName={own.clinicName}
        doctorName={own.doctorName}
        waiting={count}
        host={host}
        server={serverWord ? t(serverWord) : undefined}
      >
        {section === 'settings' ? (
          <SettingsScreen
            doctorName={own.doctorName}
            onDoctorName={(doctorName) => preferences.set({ doctorName })}
            clinicName={own.clinicName}
            onClinicName={(clinicName) => preferences.set({ clinicName })}
            theme={own.theme}
            onTheme={(theme) => preferences.set({ theme })}
            onLanguage={(language) => preferences.set({ language })}
            host={{
              state: host,
              uptime: health.data?.uptime,
              rooms: health.data?.activeRooms,
              people: health.data?.activeConnections,
              problem: shellHost.data?.name === 'failed' ? shellHost.data.message : undefined,
            }}
            livekit={livekit.data}
            onRetry={health.refresh}
          />
        ) : section === 'waiting-room' ? (
          <WaitingRoomScreen {...waitingProps} />
        ) : (
          <AgendaScreen
            consultations={today}
            problem={
              consultations.data === undefined && consultations.error !== undefined
                ? t(problemText(consultations.error))
                : undefined
            }
            onRetry={consultations.refresh}
            now={now}
            waiting={count}
            onNew={() => setSheet({ name: 'new' })}
            onEnter={({ consultationId }) => openConsultation(consultationId)}
            onInvite={(consultation) => setSheet({ name: 'invite', consultation })}
            onCopyLink={({ invitation }) => copyText(invitation?.webLink ?? '')}
            aside={<WaitingRoomCard {...waitingProps} />}
          />
        )}
      </ClinicFrame>
      {sheet?.name === 'new' ? (
        <NewConsultationDialog
          doctorName={own.doctorName}
          serverUnavailable={serverUnavailableText(t, livekit.data)}
          busy={creating}
          problem={problem}
          onCreate={(wish) => void create(wish)}
          onClose={() => {
            setSheet(undefined);
            setProblem(undefined);
          }}
        />
      ) : null}
      {sheet?.name === 'invite' ? (
        <Invite
          consultation={sheet.consultation}
          onEnter={() => openConsultation(sheet.consultation.consultationId)}
          onClose={() => setSheet(undefined)}
        />
      ) : null}
    </>
  );
}

const none: readonly WaitingPatient[] = [];
