/** The clinic window: the day, the waiting room and the settings, fed by the host. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consultation, LiveKitStatus } from '../../../shared/contract/contract.ts';
import type { WaitingPatient } from '../../../shared/contract/waiting-room.ts';
import { useNow } from '../../components/format.ts';
import type { HostClient } from '../../host-client/index.ts';
import type { AppointmentActions } from '../../screens/clinic/appointment.tsx';
import { ClinicFrame, type HostView, type Section, sections } from '../../screens/clinic/clinic-frame.tsx';
import { roleWords } from '../../screens/clinic/devices-section.tsx';
import {
  type KnownPatient,
  type NewConsultation,
  NewConsultationDialog,
} from '../../screens/clinic/new-consultation-dialog.tsx';
import { SettingsScreen } from '../../screens/clinic/settings-screen.tsx';
import { WaitingRoomCard, WaitingRoomScreen } from '../../screens/clinic/waiting-room.tsx';
import { askForNotices, useArrivals } from '../arrivals.ts';
import { useHostChanges } from '../changes.ts';
import { askShell, copyText, desktopShell, staffHost } from '../hosts.ts';
import { Invite } from '../invite.tsx';
import { askAgain, usePolled } from '../polled.ts';
import { preferences } from '../preferences.ts';
import { problemText } from '../problems.ts';
import { RecordingRulesSection } from '../recordings/recording-rules.tsx';
import { Recordings } from '../recordings/recordings.tsx';
import { recall, remember } from '../remembered.ts';
import { goTo } from '../route.ts';
import { serverUnavailableText } from '../server-words.ts';
import { Devices } from '../staff/devices.tsx';
import { OwnComputer } from '../staff/own-computer.tsx';
import { useStaff } from '../staff/staff-door.tsx';
import { useStore } from '../store.ts';
import { isTyping } from '../typing.ts';
import { useLocalMedia } from '../use-local-media.ts';
import { Agenda, type ChosenView } from './agenda.tsx';
import { Audit } from './audit.tsx';
import { ClinicComputer } from './clinic-computer.tsx';
import { findKnownPatients } from './consultation-lists.ts';
import { Network } from './network.tsx';
import { PlanSheet, type PlanSheetProps } from './plan-sheet.tsx';
import { RecordingStorage } from './recording-storage.tsx';
import { PatientRecords, Records } from './records.tsx';
import { Tracking } from './tracking.tsx';

/** Changes are told by the host; this is for when that fails. */
const listPause = 5_000;
const statusPause = 3_000;

function subscribeToHash(listener: () => void): () => void {
  globalThis.addEventListener('hashchange', listener);
  return () => globalThis.removeEventListener('hashchange', listener);
}

/** `#recordings/<egressId>` is one recording, `#records` is the history, `#records/<patientId>` that of one patient, `#settings/audit` the audit log. */
function usePlace(): { readonly section: Section; readonly within: string | undefined } {
  const hash = useSyncExternalStore(subscribeToHash, () => location.hash.slice(1));
  const [name, within] = hash.split('/');
  return {
    section: sections.find((section) => section === name) ?? 'agenda',
    within: within || undefined,
  };
}

type Sheet =
  | { readonly name: 'new'; readonly patient?: KnownPatient }
  | { readonly name: 'invite'; readonly consultation: Consultation }
  | ({ readonly name: 'plan' } & Pick<PlanSheetProps, 'change' | 'consultation'>);

const sectionTitles: Readonly<Record<Section, string>> = {
  agenda: 'clinic.agenda',
  'waiting-room': 'clinic.waitingRoom',
  recordings: 'clinic.recordings',
  records: 'clinic.records',
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

/** Whether this page is a window of the app that the clinic's host runs in. */
function isClinicComputer(): boolean {
  return window.autamedica !== undefined && window.autamedica.clinic === undefined;
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
  const place = usePlace();
  const own = useStore(preferences);
  const staff = useStaff();
  const { within } = place;
  // Reception has no recordings; until it is known who is here, nobody has.
  const mayNotSee = place.section === 'recordings' && staff.self !== undefined && !staff.treats;
  const section = mayNotSee ? 'agenda' : place.section;
  const now = useNow();
  const [sheet, setSheet] = useState<Sheet>();
  const [known, setKnown] = useState<readonly KnownPatient[]>([]);
  const written = useRef('');
  const [chosen, setChosen] = useState<ChosenView>({ span: 'day' });
  const [creating, setCreating] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  // No device is opened: it knows the chosen speaker, where the sound of an arrival belongs.
  const media = useLocalMedia();

  useHostChanges();
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
      if (event.key.toLowerCase() !== 'n' || isTyping(event)) return;
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

  const lookUp = (text: string) => {
    written.current = text;
    findKnownPatients(text).then(
      // Whoever writes on has asked something else meanwhile.
      (people) => written.current === text && setKnown(people),
      () => setKnown([]),
    );
  };

  const create = async (wish: NewConsultation) => {
    askForNotices();
    setCreating(true);
    setProblem(undefined);
    try {
      const client = await staffHost();
      const consultationId = crypto.randomUUID();
      if (staff.treats) preferences.set({ doctorName: wish.doctorName });
      await client.consultations.create({
        consultationId,
        patientId: wish.patientId ?? newId('patient'),
        doctorId: ownDoctorId(),
        transport: wish.transport,
        ...(wish.patientName ? { patientName: wish.patientName } : {}),
        ...(wish.doctorName ? { doctorName: wish.doctorName } : {}),
        ...(wish.title ? { title: wish.title } : {}),
        ...wish.planned,
      });
      const consultation = await client.consultations.get({ consultationId });
      setSheet({ name: 'invite', consultation });
      askAgain();
    } catch (error) {
      setProblem(t(problemText(error)));
    } finally {
      setCreating(false);
    }
  };

  const atTheDoor = async (
    { identity }: WaitingPatient,
    what: (waitingRoom: HostClient['waitingRoom']) => Promise<unknown>,
  ) => {
    setBusy((before) => new Set(before).add(identity));
    try {
      await what((await staffHost()).waitingRoom);
    } catch {
      // Whoever left meanwhile disappears with the next list; anything else is seen there too.
    }
    setBusy((before) => new Set([...before].filter((one) => one !== identity)));
    askAgain();
  };

  const renameClinic = async (clinicName: string) => {
    await (await staffHost()).clinic.rename({ clinicName }).catch(() => {});
    // A name that was not taken goes back to what it is.
    staff.refresh();
  };

  const admit = (person: WaitingPatient) =>
    void atTheDoor(person, async (waitingRoom) => {
      const { consultationId, identity } = person;
      await waitingRoom.admit({ consultationId, identity });
      openConsultation(consultationId);
    });

  const waitingProps = {
    mayAdmit: staff.treats,
    people,
    busy,
    sound: own.sound,
    onSound: (sound: boolean) => {
      if (sound) askForNotices();
      preferences.set({ sound });
    },
    onAdmit: admit,
    onRefuse: (person: WaitingPatient, reason: string | undefined) =>
      void atTheDoor(person, (waitingRoom) => {
        const { consultationId, identity } = person;
        return waitingRoom.refuse({ consultationId, identity, ...(reason ? { reason } : {}) });
      }),
    onTell: (person: WaitingPatient, message: string | undefined) =>
      void atTheDoor(person, (waitingRoom) =>
        waitingRoom.tell({
          consultationId: person.consultationId,
          ...(message ? { message } : {}),
        }),
      ),
  };
  const plan = (change: PlanSheetProps['change']) => (consultation: Consultation) =>
    setSheet({ name: 'plan', change, consultation });
  const actions: AppointmentActions = {
    onEnter: staff.treats ? ({ consultationId }) => openConsultation(consultationId) : undefined,
    onAdmit: staff.treats
      ? ({ consultationId }) => {
          const person = people.find(
            (one) => one.consultationId === consultationId && one.role === 'patient',
          );
          if (person) admit(person);
          else openConsultation(consultationId);
        }
      : undefined,
    onInvite: (consultation) => setSheet({ name: 'invite', consultation }),
    onCopyLink: ({ invitation }) => copyText(invitation?.webLink ?? ''),
    onCorrect: plan('correct'),
    onReschedule: plan('reschedule'),
    onCancel: plan('cancel'),
    onHistory: (consultation) => {
      location.hash = `records/${consultation.patientId}`;
    },
  };
  const closeSheet = () => {
    setSheet(undefined);
    setProblem(undefined);
    setKnown([]);
  };
  const serverWord = livekit.data && shortServerWords[livekit.data.state];
  return (
    <>
      <ClinicFrame
        section={section}
        clinicName={staff.self?.clinicName ?? ''}
        personName={staff.self?.name ?? own.doctorName}
        role={staff.self?.deviceId === undefined ? undefined : t(roleWords[staff.self.role])}
        waiting={count}
        recordings={staff.treats}
        host={host}
        server={serverWord ? t(serverWord) : undefined}
      >
        {section === 'settings' && within === 'audit' && staff.administers ? (
          <Audit />
        ) : section === 'settings' ? (
          <SettingsScreen
            doctor={
              staff.treats
                ? { name: own.doctorName, onName: (doctorName) => preferences.set({ doctorName }) }
                : undefined
            }
            clinic={
              staff.self && staff.administers
                ? { name: staff.self.clinicName, onName: (clinicName) => void renameClinic(clinicName) }
                : undefined
            }
            devices={staff.administers ? <Devices /> : undefined}
            own={staff.self?.deviceId === undefined ? undefined : <OwnComputer />}
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
            network={staff.administers ? <Network /> : undefined}
            recordings={staff.administers ? <RecordingRulesSection /> : undefined}
            recordingStorage={staff.administers ? <RecordingStorage /> : undefined}
            tracking={staff.administers ? <Tracking /> : undefined}
            audit={staff.administers}
            computer={
              isClinicComputer() ? <ClinicComputer people={health.data?.activeConnections ?? 0} /> : undefined
            }
          />
        ) : section === 'recordings' ? (
          staff.treats ? (
            <Recordings egressId={within} now={now} onOpenConsultation={openConsultation} />
          ) : null
        ) : section === 'waiting-room' ? (
          <WaitingRoomScreen {...waitingProps} />
        ) : section === 'records' && within !== undefined ? (
          <PatientRecords
            key={within}
            patientId={within}
            now={now}
            actions={actions}
            onNew={(patient) => setSheet({ name: 'new', patient })}
          />
        ) : section === 'records' ? (
          <Records now={now} actions={actions} />
        ) : (
          <Agenda
            chosen={chosen}
            onChoose={setChosen}
            now={now}
            waiting={people}
            actions={actions}
            onNew={() => setSheet({ name: 'new' })}
            aside={<WaitingRoomCard {...waitingProps} />}
          />
        )}
      </ClinicFrame>
      {sheet?.name === 'new' ? (
        <NewConsultationDialog
          doctorName={own.doctorName || (staff.treats ? (staff.self?.name ?? '') : '')}
          patient={sheet.patient}
          day={section === 'agenda' && chosen.span === 'day' ? chosen.date : undefined}
          known={known}
          onName={lookUp}
          serverUnavailable={serverUnavailableText(t, livekit.data)}
          busy={creating}
          problem={problem}
          onCreate={(wish) => void create(wish)}
          onClose={closeSheet}
        />
      ) : null}
      {sheet?.name === 'invite' ? (
        <Invite
          consultation={sheet.consultation}
          onEnter={staff.treats ? () => openConsultation(sheet.consultation.consultationId) : undefined}
          onClose={closeSheet}
        />
      ) : null}
      {sheet?.name === 'plan' ? (
        <PlanSheet change={sheet.change} consultation={sheet.consultation} now={now} onClose={closeSheet} />
      ) : null}
    </>
  );
}

const none: readonly WaitingPatient[] = [];
