/** What pictures of several kinds of screen are made of. */
import type { ReactNode } from 'react';
import type { ChatSnapshot } from '../../chat/chat.ts';
import { ChatView, type ChatViewProps } from '../../screens/call/chat-view.tsx';
import { ClinicFrame, type Section } from '../../screens/clinic/clinic-frame.tsx';
import { NetworkSettings } from '../../screens/clinic/network-settings.tsx';
import { SettingsScreen, type SettingsScreenProps } from '../../screens/clinic/settings-screen.tsx';
import { PatientFrame } from '../../screens/patient/patient-frame.tsx';
import * as fake from './fakes.ts';
import filmStill from './patient.svg';
import type { Pictures } from './pictures.ts';

/** A picture of a screen in one state, by its name. */
export type Scenes = Readonly<Record<string, (pictures: Pictures) => ReactNode>>;

export const nothing = () => {};

export const done = async () => {};

export const doctorHere: { readonly name: string; readonly role?: string } = { name: 'Dr. Martín Pérez' };

export function clinic(section: Section, page: ReactNode, waiting = 3, server?: string, person = doctorHere) {
  return (
    <ClinicFrame
      section={section}
      clinicName="Clínica San Martín"
      personName={person.name}
      role={person.role}
      waiting={waiting}
      recordings={person.role === undefined}
      host="running"
      server={server}
    >
      {page}
    </ClinicFrame>
  );
}

export const networkOff = (
  <NetworkSettings
    destinations={[]}
    status={{ sharing: false, urls: [] }}
    busy={false}
    problem={undefined}
    onShare={nothing}
    onCopy={async () => {}}
  />
);

/** Leaves out of the settings what stands first, so that a picture of the window shows what stands further down. */
export const belowTheNetwork = { doctor: undefined, clinic: undefined, network: null };

export function settings(livekit: keyof typeof fake.livekit, change: Partial<SettingsScreenProps> = {}) {
  return clinic(
    'settings',
    <SettingsScreen
      doctor={{ name: 'Dr. Martín Pérez', onName: nothing }}
      clinic={{ name: 'Clínica San Martín', onName: nothing }}
      theme="system"
      onTheme={nothing}
      onLanguage={nothing}
      host={{ state: 'running', uptime: 5_025, rooms: 1, people: 3 }}
      livekit={fake.livekit[livekit]}
      onRetry={nothing}
      network={networkOff}
      audit
      {...change}
    />,
    0,
  );
}

export const files = { busy: new Set<string>(), onSave: nothing, onShow: nothing, showsPdf: true };

export const still = (
  <img className="player__picture" src={filmStill} alt="Grabación de la consulta con Elena Ruiz" />
);

export const recordingOf = (index: number) => fake.recordings[index] ?? fake.deletedRecording;

export function framed(page: ReactNode) {
  return (
    <PatientFrame clinicName="Clínica San Martín" onLanguage={nothing}>
      {page}
    </PatientFrame>
  );
}

export function chatView(chat: ChatSnapshot, change: Partial<ChatViewProps> = {}) {
  return (
    <ChatView
      {...files}
      chat={chat}
      uploads={[]}
      draft=""
      onDraft={nothing}
      onWrite={nothing}
      onRetry={nothing}
      onDiscard={nothing}
      onFiles={nothing}
      onRetryUpload={nothing}
      onCancelUpload={nothing}
      to="Elena Ruiz"
      {...change}
    />
  );
}

export const off = { camera: false, microphone: false, screen: false };
