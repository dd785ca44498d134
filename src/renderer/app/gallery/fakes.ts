/** Plain values to show screens with: the same people everywhere. */

import type { ConsentEntry } from '../../../shared/consent/consent.ts';
import type { AuditEntry } from '../../../shared/contract/audit.ts';
import type { Consultation, LiveKitStatus } from '../../../shared/contract/contract.ts';
import type { KeptRecording, RecordingLink } from '../../../shared/contract/recording-library.ts';
import type { PairingCode, StaffDevice } from '../../../shared/contract/staff.ts';
import type { Summary } from '../../../shared/contract/summary.ts';
import type { WaitingPatient } from '../../../shared/contract/waiting-room.ts';
import type { Participant } from '../../../shared/signaling/messages.ts';
import type { RecorderOrders } from '../../../shared/signaling/recording.ts';
import type { CallSnapshot, RecordingView, RemoteParticipantView } from '../../call/call.ts';
import type { ChatEntry, ChatSnapshot, Delivery } from '../../chat/chat.ts';
import type { UploadView } from '../../chat/uploads.ts';
import type { Device, LocalMediaSnapshot } from '../../media/local-media-view.ts';
import type { RecorderView } from '../../screens/doctor/recording-control.tsx';
import type { Pictures } from './pictures.ts';

/** Of the clinic's certificate authority. */
export const fingerprint = '4fa2097ce138b06d51fe9a2c7743e0d815c9b26fa4d3081e6b97f25cc04a8e31';

const minute = 60_000;
export const ago = (minutes: number) => new Date(Date.now() - minutes * minute).toISOString();
const at = (hours: number, minutes: number) => {
  const date = new Date();
  date.setHours(hours, minutes, 0, 0);
  return date.toISOString();
};

export const longName = 'María de los Ángeles Fernández Etcheverry de Larrazábal';

export const invitation = {
  expiresAt: at(23 + 24, 59),
  code: 'K7M4QX',
  link: `autamedica://join?host=https%3A%2F%2F192.168.1.24%3A8443&code=K7M4QX&fingerprint=${fingerprint}`,
  webLink: 'https://192.168.1.24:8443/join/K7M4QX',
};

function consultation(change: Partial<Consultation>): Consultation {
  const consultationId = change.consultationId ?? change.patientName ?? 'nameless';
  return {
    consultationId,
    roomName: `consultation-${consultationId}`,
    patientId: 'patient',
    doctorId: 'doctor',
    doctorName: 'Dr. Martín Pérez',
    state: 'planned',
    transport: 'auto',
    createdAt: at(9, 0),
    version: 1,
    invitation,
    ...change,
  };
}

/** So many minutes from now: the agenda is looked at while its day goes on. */
const inMinutes = (minutes: number) => ago(-minutes);

export const consultations: readonly Consultation[] = [
  consultation({
    patientName: 'Sofía Benítez',
    title: 'Control de presión',
    state: 'closed',
    scheduledAt: inMinutes(-130),
    startedAt: inMinutes(-128),
    closedAt: inMinutes(-110),
  }),
  consultation({ patientName: 'Hugo Almada', state: 'missed', scheduledAt: inMinutes(-100) }),
  consultation({
    patientName: 'Inés Ferreyra',
    state: 'cancelled',
    scheduledAt: inMinutes(-80),
    cancelReason: 'Avisó que viaja',
  }),
  consultation({ patientName: 'Nélida Campos', scheduledAt: inMinutes(-50) }),
  consultation({
    patientName: 'Jorge Sosa',
    state: 'live',
    scheduledAt: inMinutes(-30),
    startedAt: inMinutes(-17),
  }),
  consultation({ patientName: 'Ramón Ibarra', scheduledAt: inMinutes(-12) }),
  consultation({ patientName: 'Elena Ruiz', state: 'waiting', scheduledAt: inMinutes(3) }),
  consultation({ patientName: longName, scheduledAt: inMinutes(33) }),
  consultation({ scheduledAt: inMinutes(63) }),
];
export const elena = consultation({
  patientName: 'Elena Ruiz',
  state: 'waiting',
  scheduledAt: inMinutes(3),
});

/** Consultations of one week, from its Monday. */
export function weekFrom(monday: Date): readonly Consultation[] {
  const on = (day: number, hours: number, minutes: number) =>
    new Date(monday.getFullYear(), monday.getMonth(), monday.getDate() + day, hours, minutes).toISOString();
  return [
    consultation({
      patientName: 'Sofía Benítez',
      state: 'closed',
      scheduledAt: on(0, 9, 0),
      startedAt: on(0, 9, 2),
      closedAt: on(0, 9, 20),
    }),
    consultation({ patientName: 'Jorge Sosa', state: 'missed', scheduledAt: on(0, 9, 30) }),
    consultation({ patientName: 'Elena Ruiz', state: 'closed', scheduledAt: on(1, 10, 30) }),
    consultation({ patientName: longName, title: 'Resultados del estudio', scheduledAt: on(6, 23, 30) }),
  ];
}

/** Everything of one patient. */
export const history: readonly Consultation[] = [
  consultation({ consultationId: 'h-1', patientName: 'Elena Ruiz', scheduledAt: inMinutes(33) }),
  consultation({
    consultationId: 'h-2',
    patientName: 'Elena Ruiz',
    title: 'Control de presión',
    state: 'closed',
    scheduledAt: inMinutes(-40_000),
    startedAt: inMinutes(-39_998),
    closedAt: inMinutes(-39_975),
  }),
  consultation({
    consultationId: 'h-3',
    patientName: 'Elena Ruiz',
    state: 'missed',
    scheduledAt: inMinutes(-90_000),
  }),
  consultation({
    consultationId: 'h-4',
    patientName: 'Elena Ruiz',
    state: 'cancelled',
    scheduledAt: inMinutes(-600_000),
    cancelReason: 'La doctora estaba de licencia',
  }),
];

export const knownPatients = [
  { patientId: 'elena', patientName: 'Elena Ruiz', latest: inMinutes(-40_000) },
  { patientId: 'elena-2', patientName: 'Elena Ruiz Díaz', latest: inMinutes(-600_000) },
];

export const waiting: readonly WaitingPatient[] = [
  {
    consultationId: 'Elena Ruiz',
    identity: 'elena',
    role: 'patient',
    displayName: 'Elena Ruiz',
    since: ago(4.2),
    joinedAt: ago(4.2),
    connected: true,
    transport: 'p2p',
    scheduledAt: at(10, 30),
    doctorName: 'Dr. Martín Pérez',
    message: 'Dr. Martín Pérez se demora 10 minutos.',
    readiness: {
      camera: 'ok',
      microphone: 'ok',
      speaker: 'ok',
      roundTripMs: 38,
      downKbps: 2_412,
      upKbps: 1_080,
    },
  },
  {
    consultationId: 'Tomás',
    identity: 'tomas',
    role: 'patient',
    displayName: 'Tomás Quiroga',
    since: ago(0.2),
    joinedAt: ago(0.2),
    connected: true,
    transport: 'p2p',
    readiness: { camera: 'off', microphone: 'blocked', speaker: 'unknown', roundTripMs: 210 },
  },
  {
    consultationId: 'Inés',
    identity: 'ines',
    role: 'observer',
    displayName: longName,
    since: ago(1.5),
    joinedAt: ago(1.5),
    connected: false,
    transport: 'p2p',
    consent: 'pending',
  },
];

export const livekit: Readonly<Record<LiveKitStatus['state'], LiveKitStatus>> = {
  absent: {
    state: 'absent',
    kind: 'embedded',
    detail:
      'livekit-server 1.13.5 was not found and could not be downloaded: getaddrinfo ENOTFOUND github.com',
  },
  bringing: {
    state: 'bringing',
    kind: 'embedded',
    progress: 0.42,
    detail: 'Downloading livekit-server 1.13.5',
  },
  starting: { state: 'starting', kind: 'embedded' },
  ready: { state: 'ready', kind: 'embedded', version: '1.13.5' },
  failed: { state: 'failed', kind: 'embedded', detail: 'Exited with code 1 five times in a minute.' },
};

export const receipts: readonly ConsentEntry[] = [
  { number: 1, purpose: 'terms', act: 'agreed', identity: 'elena', version: '2026-11', at: ago(16) },
  {
    number: 2,
    purpose: 'observer',
    act: 'agreed',
    identity: 'elena',
    subject: 'lucia',
    subjectName: 'Lucía Gómez',
    version: '2026-11',
    at: ago(12),
  },
  { number: 3, purpose: 'recording', act: 'agreed', identity: 'elena', version: '2026-11', at: ago(9) },
];

export function participant(change: Partial<Participant>): Participant {
  return {
    identity: change.displayName ?? 'someone',
    role: 'patient',
    displayName: 'Elena Ruiz',
    state: 'admitted',
    connected: true,
    media: { camera: true, microphone: true, screen: false },
    joinedAt: ago(12),
    ...change,
  };
}

type Change = Partial<RemoteParticipantView>;

export function patientOf(pictures: Pictures, change: Change = {}): RemoteParticipantView {
  return {
    participant: participant({}),
    tracks: { camera: pictures.patient },
    quality: { identity: 'elena', level: 3, receivedKbps: 2_412, roundTripMs: 38, loss: 0 },
    link: { name: 'ok' },
    ...change,
  };
}

export function doctorOf(pictures: Pictures, change: Change = {}): RemoteParticipantView {
  return {
    participant: participant({ role: 'doctor', displayName: 'Dr. Martín Pérez' }),
    tracks: { camera: pictures.doctor },
    quality: { identity: 'doctor', level: 4, receivedKbps: 2_412, roundTripMs: 18, loss: 0 },
    link: { name: 'ok' },
    ...change,
  };
}

export const observer: RemoteParticipantView = {
  participant: participant({
    role: 'observer',
    displayName: 'Lucía Gómez',
    media: { camera: false, microphone: false, screen: false },
  }),
  tracks: {},
  link: { name: 'ok' },
};

export function call(change: Partial<CallSnapshot>): CallSnapshot {
  return {
    phase: { name: 'live' },
    consultation: { id: 'elena', doctorName: 'Dr. Martín Pérez' },
    self: participant({}),
    remotes: [],
    waiting: [],
    media: { camera: true, microphone: true, screen: false },
    transport: { active: 'p2p', sfuAvailable: true },
    consents: { observers: [] },
    signaling: { name: 'ok' },
    mediaLink: { name: 'ok' },
    liveSince: Date.now() - 12 * minute - 4_000,
    ...change,
  };
}

export const recorder: RecorderView = { able: true, made: false, doing: 'nothing', unsent: 0, problems: [] };

export function runningRecording(state: RecordingView['state'] = 'recording'): RecordingView {
  return {
    egressId: 'EG_1',
    recorder: 'client',
    state,
    startedAt: ago(9),
    elapsedMs: 8 * minute + 31_000,
    toldAt: Date.now(),
  };
}

export const recorderOrders: RecorderOrders = {
  egressId: 'EG_1',
  recipients: [],
  grant: 1,
  durable: 0,
  next: 1,
  fromUs: 0,
  end: false,
};

const microphones: readonly Device[] = [
  { id: 'jabra', label: 'Auriculares Jabra' },
  { id: 'inner', label: 'Micrófono incorporado' },
];
const cameras: readonly Device[] = [
  { id: 'front', label: 'Cámara integrada' },
  { id: 'usb', label: 'Logitech BRIO' },
];
const speakers: readonly Device[] = [
  { id: 'jabra', label: 'Auriculares Jabra' },
  { id: 'inner', label: 'Parlantes incorporados' },
];

export function media(
  camera: MediaStreamTrack | undefined,
  change: Partial<LocalMediaSnapshot> = {},
): LocalMediaSnapshot {
  return {
    camera: { wanted: camera !== undefined, state: camera ? 'on' : 'off', devices: cameras, using: 'front' },
    microphone: { wanted: true, state: 'on', devices: microphones, using: 'jabra' },
    speaker: { devices: speakers, using: 'jabra', selectable: true },
    screen: { state: 'off', withAudio: false, possible: true },
    tracks: camera ? { camera } : {},
    media: { camera: camera !== undefined, microphone: true, screen: false },
    ...change,
  };
}

/** A voice that never stops. */
export function level(listener: (level: number) => void): () => void {
  listener(0.63);
  return () => {};
}

export const devices: readonly StaffDevice[] = [
  {
    deviceId: 'a'.repeat(16),
    personName: 'Dr. Martín Pérez',
    deviceName: 'Notebook del consultorio 2',
    role: 'admin',
    pairedAt: ago(60 * 24 * 20),
    lastSeenAt: ago(0.5),
  },
  {
    deviceId: 'b'.repeat(16),
    personName: 'Lucía Gómez',
    deviceName: 'PC-RECEPCION',
    role: 'reception',
    pairedAt: ago(60 * 24 * 12),
    lastSeenAt: ago(90),
  },
  {
    deviceId: 'c'.repeat(16),
    personName: longName,
    deviceName: 'Tableta',
    role: 'clinician',
    pairedAt: ago(60 * 24 * 3),
    lastSeenAt: ago(60 * 24 * 2),
  },
  {
    deviceId: 'd'.repeat(16),
    personName: 'Dra. Ana Suárez',
    deviceName: 'Firefox, Linux',
    role: 'clinician',
    pairedAt: ago(30),
  },
];

export const pairingCode: PairingCode = {
  code: 'K7M4QX29',
  address: 'https://192.168.1.24:8443',
  link: 'https://192.168.1.24:8443/pair#K7M4QX29',
  desktopLink: 'autamedica://pair?host=https%3A%2F%2F192.168.1.24%3A8443&code=K7M4QX29',
  personName: 'Lucía Gómez',
  role: 'reception',
  expiresAt: ago(-14.2),
};

export const noteText =
  'Cefalea frontal desde ayer, sin fiebre.\nTomó ibuprofeno 400 mg, con alivio parcial.\n\nIndicaciones:\n- Reposo e hidratación.\n- Control en una semana.';
const today = (hours: number, minutes: number) => Date.parse(at(hours, minutes));
const analysis = { fileId: 'analysis', name: 'Análisis octubre.pdf', type: 'application/pdf', size: 412_000 };

/** A conversation as one of the two sees it. */
export function chat(self: 'doctor' | 'patient'): ChatSnapshot {
  const said = (
    id: string,
    from: 'doctor' | 'patient',
    when: number,
    content: Pick<ChatEntry, 'text' | 'file'>,
    delivery: Delivery = 'read',
  ): ChatEntry => ({
    id,
    key: id,
    at: when,
    mine: from === self,
    name: from === 'doctor' ? 'Dr. Martín Pérez' : 'Elena Ruiz',
    ...(from === self ? { delivery } : {}),
    ...content,
  });
  return {
    loaded: true,
    unread: 0,
    entries: [
      said('1', 'patient', today(10, 31), { text: 'Buen día, doctor. ¿Me escucha bien?' }),
      said('2', 'doctor', today(10, 32), { text: 'Perfecto. Cuando puedas, mandame el último análisis.' }),
      said('3', 'patient', today(10, 34), { file: analysis }, 'delivered'),
      said('4', 'doctor', today(10, 35), { text: 'Recibido, lo miramos juntos en un momento.' }, 'sent'),
      said('5', 'patient', today(10, 36), { text: 'Ahí va.' }, 'waiting'),
    ],
  };
}

/** Everything that can look wrong: markup, one endless word, and what was not sent. */
export const troubledChat: ChatSnapshot = {
  loaded: true,
  unread: 0,
  entries: [
    {
      id: '1',
      key: '1',
      at: today(10, 31),
      mine: false,
      name: longName,
      text: '<img src=x onerror="document.title=1"><script>document.title=1</script>',
    },
    { id: '2', key: '2', at: today(10, 32), mine: false, name: longName, text: 'a'.repeat(120) },
    {
      id: '3',
      key: '3',
      at: today(10, 33),
      mine: false,
      name: longName,
      file: { fileId: 'photo', name: `${'foto_'.repeat(12)}.jpg`, type: 'image/jpeg', size: 2_412_000 },
    },
    { id: '4', key: '4', at: today(10, 34), mine: true, text: 'No salió.', delivery: 'failed' },
    { id: '5', key: '5', at: today(10, 35), mine: true, text: 'Está saliendo.', delivery: 'sending' },
  ],
};

export const uploads: readonly UploadView[] = [
  { id: '1', name: 'Indicaciones.pdf', size: 900_000, received: 576_000, state: 'sending' },
  { id: '2', name: 'radiografía.jpg', size: 900_000, received: 131_072, state: 'waiting' },
  {
    id: '3',
    name: 'resonancia.dcm',
    size: 90_000_000,
    received: 0,
    state: 'failed',
    problem: 'FILE_TOO_LARGE',
    details: { maxBytes: 50_000_000 },
  },
  { id: '4', name: 'nota.txt', size: 90, received: 0, state: 'failed', problem: 'FORBIDDEN' },
];

const todayAt = (hours: number, minutes: number) =>
  new Date(new Date().setHours(hours, minutes)).toISOString();

export const summary: Summary = {
  consultation: elena,
  togetherMs: 26 * 60_000 + 12_000,
  messages: 7,
  files: 1,
  lastBackupAt: todayAt(3, 0),
  notes: { version: 12, savedAt: todayAt(10, 58), length: noteText.length },
  people: [
    {
      identity: 'doctor',
      role: 'doctor',
      displayName: 'Dr. Martín Pérez',
      firstJoinedAt: todayAt(10, 25),
      admittedAt: todayAt(10, 25),
      lastLeftAt: todayAt(10, 58),
      leftAs: 'closed',
      waitedMs: 0,
      inCallMs: 33 * 60_000,
      stays: 1,
      quality: { typical: 4, poorShare: 0 },
    },
    {
      identity: 'patient',
      role: 'patient',
      displayName: 'Elena Ruiz',
      firstJoinedAt: todayAt(10, 28),
      admittedAt: todayAt(10, 31),
      lastLeftAt: todayAt(10, 58),
      leftAs: 'closed',
      waitedMs: 3 * 60_000,
      inCallMs: 26 * 60_000,
      stays: 2,
      quality: { typical: 2, poorShare: 0.1 },
    },
    {
      identity: 'observer',
      role: 'observer',
      displayName: 'Lucía Gómez',
      firstJoinedAt: todayAt(10, 40),
      lastLeftAt: todayAt(10, 41),
      leftAs: 'refused',
      waitedMs: 0,
      inCallMs: 0,
      stays: 1,
    },
  ],
};

const consultationId = '5f0c1c1e-8a57-4f0e-9a63-0c1b7f6d2a11';
const doctorsComputer = { role: 'clinician', kind: 'device', id: 'hTq7Zx0PpE2mWc4K' } as const;
const patientHere = { role: 'patient', kind: 'participant', id: 'patient-31c9b0f2' } as const;

const auditFacts: readonly Omit<AuditEntry, 'number' | 'at'>[] = [
  { event: 'note.save', caller: doctorsComputer, consultationId, outcome: 'ok' },
  {
    event: 'file.read',
    caller: doctorsComputer,
    consultationId,
    target: 'V1StGXR8_Z5jdHi6B-myT',
    outcome: 'ok',
  },
  { event: 'room.opened', caller: { role: 'host' }, consultationId, detail: 'p2p', outcome: 'ok' },
  { event: 'media.started', caller: patientHere, consultationId, target: 'camera', outcome: 'ok' },
  { event: 'participant.joined', caller: patientHere, consultationId, detail: 'waiting', outcome: 'ok' },
  { event: 'consultation.close', caller: patientHere, consultationId, outcome: 'FORBIDDEN', count: 4 },
  {
    event: 'credential.refused',
    caller: { role: 'anyone' },
    detail: 'request',
    outcome: 'TOKEN_INVALID',
    count: 212,
  },
  { event: 'staff.revoke', caller: { role: 'admin' }, target: 'hTq7Zx0PpE2mWc4K', outcome: 'ok' },
  { event: 'consultation.create', caller: { role: 'admin' }, consultationId, outcome: 'ok' },
  { event: 'backup.create', caller: { role: 'admin' }, detail: 'by-command', outcome: 'ok' },
];

export const auditEntries: readonly AuditEntry[] = auditFacts.map((fact, index) => ({
  ...fact,
  number: 1_284 - index,
  at: new Date(Date.now() - index * 47_000).toISOString(),
}));

const auditHead = { number: 1_284, hash: '3f'.repeat(32) };
const auditKey = '5a2d9f10c4e87b36'.repeat(4);

export const soundVerdict = {
  sound: true,
  entries: 1_284,
  signedHeads: 17,
  head: auditHead,
  restored: [{ number: 902, replaced: { number: 951, hash: 'a7'.repeat(32) } }],
  publicKey: auditKey,
};

export const changedVerdict = {
  ...soundVerdict,
  sound: false,
  entries: 811,
  fault: { kind: 'missing' as const, number: 812, message: 'Entry 812 is missing.' },
};

const dayMs = 24 * 60 * 60_000;
const daysAgo = (days: number, hour: string) => {
  const date = new Date(Date.now() - days * dayMs);
  const [hours = 0, minutes = 0] = hour.split(':').map(Number);
  date.setHours(hours, minutes, 0, 0);
  return date.toISOString();
};

function recording(
  number: number,
  patientName: string,
  startedAt: string,
  minutes: number,
  change: Partial<KeptRecording> = {},
): KeptRecording {
  return {
    egressId: `EG_galeria${number}`,
    consultationId: `c-${number}`,
    roomName: `consultation-c-${number}`,
    recorder: 'client',
    status: 'EGRESS_COMPLETE',
    startedAt,
    endedAt: startedAt,
    endedAs: 'stopped',
    durationMs: minutes * 60_000,
    capturedMs: minutes * 60_000,
    sizeBytes: Math.round(minutes * 7_600_000),
    sha256: '5d41402abc4b2a76b9719d911017c592ae3f7e0ab0c1d2e3f405162738495a6b',
    contentType: 'video/mp4',
    patientId: `patient-${number}`,
    patientName,
    doctorName: 'Dr. Martín Pérez',
    agreed: 2,
    keeping: { rule: 'clinic' },
    deletesAt: new Date(Date.now() + 180 * dayMs).toISOString(),
    copies: 'here-and-bucket',
    links: 0,
    ...change,
  };
}

const {
  sizeBytes: _size,
  sha256: _hash,
  ...saving
} = recording(2, 'Sofía Benítez', daysAgo(0, '09:02'), 18.4);

export const recordings: readonly KeptRecording[] = [
  recording(1, 'Elena Ruiz', daysAgo(0, '10:34'), 24.3, { links: 1 }),
  { ...saving, status: 'EGRESS_ENDING' },
  recording(3, 'María de los Ángeles Fernández Etcheverry de Larrazábal', daysAgo(1, '16:30'), 31.1),
  recording(4, 'Ramón Ibarra', daysAgo(3, '15:00'), 0.96, { durationMs: 57_200, capturedMs: 58_000 }),
  recording(5, 'Inés Ferreyra', daysAgo(4, '11:30'), 19.4, {
    deletesAt: new Date(Date.now() + 2.5 * dayMs).toISOString(),
  }),
  recording(6, 'Jorge Sosa', daysAgo(5, '10:00'), 22.9, {
    hold: { since: daysAgo(2, '09:00'), reason: 'Oficio del Juzgado Civil 14' },
  }),
  recording(7, 'Hugo Almada', daysAgo(6, '17:30'), 15.7, { copies: 'bucket' }),
];

export const missingRecording = recording(1, 'Elena Ruiz', daysAgo(0, '10:34'), 24.3, { copies: 'missing' });

export const hold = { since: daysAgo(2, '09:00'), reason: 'Oficio del Juzgado Civil 14, expediente 2210/26' };

export const deletedRecording = recording(8, 'Nélida Campos', daysAgo(40, '12:00'), 27.2, {
  deleted: { at: daysAgo(3, '08:00'), as: 'asked', reason: 'Pedido del paciente' },
});

export const recordingLinks: readonly RecordingLink[] = [
  {
    linkId: 'link-1',
    createdAt: daysAgo(0, '10:50'),
    expiresAt: new Date(Date.now() + 2 * dayMs).toISOString(),
    opened: 2,
    lastOpenedAt: daysAgo(0, '11:20'),
  },
  {
    linkId: 'link-2',
    createdAt: daysAgo(0, '10:55'),
    expiresAt: new Date(Date.now() + 6 * dayMs).toISOString(),
    opened: 0,
  },
];
