/** What the audit log calls things, as people say them. An event that is not here shows by its own name. */
import type { AuditCaller, AuditEntry, AuditVerdict, auditDetails } from '../../../shared/contract/audit.ts';

/** By the two parts of an event's name. */
const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  audit: {
    export: 'auditEvents.auditExport',
    list: 'auditEvents.auditList',
    verify: 'auditEvents.auditVerify',
  },
  backup: {
    create: 'auditEvents.backupCreate',
    list: 'auditEvents.backupList',
    restore: 'auditEvents.backupRestore',
  },
  clinic: {
    rename: 'auditEvents.clinicRename',
  },
  consent: {
    answer: 'auditEvents.consentAnswer',
    ask: 'auditEvents.consentAsk',
    list: 'auditEvents.consentList',
  },
  consultation: {
    cancel: 'auditEvents.consultationCancel',
    close: 'auditEvents.consultationClose',
    create: 'auditEvents.consultationCreate',
    enter: 'auditEvents.consultationEnter',
    find: 'auditEvents.consultationFind',
    get: 'auditEvents.consultationGet',
    list: 'auditEvents.consultationList',
    pack: 'auditEvents.consultationPack',
    packed: 'auditEvents.consultationPacked',
    reschedule: 'auditEvents.consultationReschedule',
    summary: 'auditEvents.consultationSummary',
    transport: 'auditEvents.consultationTransport',
    update: 'auditEvents.consultationUpdate',
  },
  credential: {
    refused: 'auditEvents.credentialRefused',
  },
  file: {
    cancel: 'auditEvents.fileCancel',
    create: 'auditEvents.fileCreate',
    get: 'auditEvents.fileGet',
    list: 'auditEvents.fileList',
    read: 'auditEvents.fileRead',
    receive: 'auditEvents.fileReceive',
    ticket: 'auditEvents.fileTicket',
  },
  host: {
    started: 'auditEvents.hostStarted',
    stopped: 'auditEvents.hostStopped',
  },
  invitation: {
    create: 'auditEvents.invitationCreate',
    greet: 'auditEvents.invitationGreet',
    list: 'auditEvents.invitationList',
    redeem: 'auditEvents.invitationRedeem',
    revoke: 'auditEvents.invitationRevoke',
  },
  media: {
    started: 'auditEvents.mediaStarted',
    stopped: 'auditEvents.mediaStopped',
  },
  message: {
    list: 'auditEvents.messageList',
    send: 'auditEvents.messageSend',
  },
  network: {
    destinations: 'auditEvents.networkDestinations',
    share: 'auditEvents.networkShare',
  },
  note: {
    get: 'auditEvents.noteGet',
    history: 'auditEvents.noteHistory',
    save: 'auditEvents.noteSave',
    version: 'auditEvents.noteVersion',
  },
  participant: {
    admitted: 'auditEvents.participantAdmitted',
    joined: 'auditEvents.participantJoined',
    left: 'auditEvents.participantLeft',
  },
  recording: {
    check: 'auditEvents.recordingCheck',
    damaged: 'auditEvents.recordingDamaged',
    delete: 'auditEvents.recordingDelete',
    'deleted-in-bucket': 'auditEvents.recordingDeletedInBucket',
    'egress-lost': 'auditEvents.recordingEgressLost',
    'egress-not-started': 'auditEvents.recordingEgressNotStarted',
    ended: 'auditEvents.recordingEnded',
    expired: 'auditEvents.recordingExpired',
    exported: 'auditEvents.recordingExported',
    find: 'auditEvents.recordingFind',
    found: 'auditEvents.recordingFound',
    get: 'auditEvents.recordingGet',
    'held-in-bucket': 'auditEvents.recordingHeldInBucket',
    hold: 'auditEvents.recordingHold',
    keep: 'auditEvents.recordingKeep',
    links: 'auditEvents.recordingLinks',
    list: 'auditEvents.recordingList',
    'local-copy-deleted': 'auditEvents.recordingLocalCopyDeleted',
    lost: 'auditEvents.recordingLost',
    'lost-in-bucket': 'auditEvents.recordingLostInBucket',
    'open-link': 'auditEvents.recordingOpenLink',
    opened: 'auditEvents.recordingOpened',
    paused: 'auditEvents.recordingPaused',
    recovered: 'auditEvents.recordingRecovered',
    release: 'auditEvents.recordingRelease',
    'released-in-bucket': 'auditEvents.recordingReleasedInBucket',
    resumed: 'auditEvents.recordingResumed',
    saved: 'auditEvents.recordingSaved',
    'set-rules': 'auditEvents.recordingSetRules',
    share: 'auditEvents.recordingShare',
    shredded: 'auditEvents.recordingShredded',
    start: 'auditEvents.recordingStart',
    started: 'auditEvents.recordingStarted',
    stop: 'auditEvents.recordingStop',
    storage: 'auditEvents.recordingStorage',
    'store-now': 'auditEvents.recordingStoreNow',
    stored: 'auditEvents.recordingStored',
    ticket: 'auditEvents.recordingTicket',
    unshare: 'auditEvents.recordingUnshare',
  },
  'recording-key': {
    show: 'auditEvents.recordingKeyShow',
  },
  'recovery-key': {
    show: 'auditEvents.recoveryKeyShow',
  },
  room: {
    closed: 'auditEvents.roomClosed',
    list: 'auditEvents.roomList',
    opened: 'auditEvents.roomOpened',
    'remove-participant': 'auditEvents.roomRemoveParticipant',
    stats: 'auditEvents.roomStats',
  },
  staff: {
    devices: 'auditEvents.staffDevices',
    invite: 'auditEvents.staffInvite',
    pair: 'auditEvents.staffPair',
    'pair-by-proof': 'auditEvents.staffPairByProof',
    rename: 'auditEvents.staffRename',
    revoke: 'auditEvents.staffRevoke',
    unpair: 'auditEvents.staffUnpair',
  },
  token: {
    renew: 'auditEvents.tokenRenew',
  },
  track: {
    published: 'auditEvents.trackPublished',
    unpublished: 'auditEvents.trackUnpublished',
  },
  tracking: {
    retry: 'auditEvents.trackingRetry',
    status: 'auditEvents.trackingStatus',
  },
  transport: {
    moved: 'auditEvents.transportMoved',
  },
  'waiting-room': {
    admit: 'auditEvents.waitingRoomAdmit',
    list: 'auditEvents.waitingRoomList',
    refuse: 'auditEvents.waitingRoomRefuse',
    tell: 'auditEvents.waitingRoomTell',
  },
};

/** Every event that has words, by its name in the log. */
export const eventWords: ReadonlyMap<string, string> = new Map(
  Object.entries(words).flatMap(([thing, acts]) =>
    Object.entries(acts).map(([act, text]) => [`${thing}.${act}`, text] as const),
  ),
);

export const callerWords: Readonly<Record<AuditCaller['role'], string>> = {
  admin: 'audit.admin',
  clinician: 'audit.clinician',
  reception: 'audit.reception',
  doctor: 'audit.doctor',
  patient: 'audit.patient',
  observer: 'audit.observer',
  anyone: 'audit.anyone',
  host: 'audit.host',
};

export const faultWords: Readonly<Record<NonNullable<AuditVerdict['fault']>['kind'], string>> = {
  changed: 'audit.changed',
  missing: 'audit.missing',
  reordered: 'audit.reordered',
  truncated: 'audit.truncated',
  added: 'audit.added',
  'forged-head': 'audit.forgedHead',
  // An exported file's; the host looks at its own log.
  'other-key': 'audit.forgedHead',
  'not-an-export': 'audit.forgedHead',
};

const detailWords: Readonly<Record<(typeof auditDetails)[number], string>> = {
  first: 'auditDetails.first',
  'after-stop': 'auditDetails.afterStop',
  'after-failure': 'auditDetails.afterFailure',
  'after-restore': 'auditDetails.afterRestore',
  waiting: 'auditDetails.waiting',
  admitted: 'auditDetails.admitted',
  left: 'auditDetails.left',
  removed: 'auditDetails.removed',
  refused: 'auditDetails.refused',
  'consent-withdrawn': 'auditDetails.consentWithdrawn',
  closed: 'auditDetails.closed',
  cancelled: 'auditDetails.cancelled',
  empty: 'auditDetails.empty',
  p2p: 'auditDetails.p2p',
  sfu: 'auditDetails.sfu',
  'by-command': 'auditDetails.byCommand',
  request: 'auditDetails.request',
  signaling: 'auditDetails.signaling',
  'video-server': 'auditDetails.videoServer',
  sha256: 'auditDetails.sha256',
  md5: 'auditDetails.md5',
  'read-back': 'auditDetails.readBack',
  'wrong-key': 'auditDetails.wrongKey',
  damaged: 'auditDetails.damaged',
  truncated: 'auditDetails.truncated',
  sealed: 'auditDetails.sealed',
  missing: 'auditDetails.missing',
  stopped: 'auditDetails.stopped',
  withdrawn: 'auditDetails.withdrawn',
  interrupted: 'auditDetails.interrupted',
  failed: 'auditDetails.failed',
  egress: 'auditDetails.egress',
};

/** What somebody sends and how a call is carried: the only targets that are words and no ids. */
const targetWords: Readonly<Record<string, string>> = {
  microphone: 'auditDetails.microphone',
  camera: 'auditDetails.camera',
  screen: 'auditDetails.screen',
  screen_share: 'auditDetails.screenShare',
  screen_share_audio: 'auditDetails.screenSound',
  unknown: 'auditDetails.unknown',
  auto: 'auditDetails.automatic',
  p2p: 'auditDetails.p2p',
  sfu: 'auditDetails.sfu',
};
const targetsAreWords = /^(media|track)\.|^consultation\.transport$/;

/** The refusals that say something of who asked; every other one shows as not done, with its code. */
const outcomeWords: Readonly<Record<string, string>> = {
  FORBIDDEN: 'auditDetails.forbidden',
  UNAUTHENTICATED: 'auditDetails.unauthenticated',
  TOKEN_INVALID: 'auditDetails.tokenInvalid',
  TOKEN_EXPIRED: 'auditDetails.tokenExpired',
  DEVICE_REVOKED: 'auditDetails.deviceRevoked',
  REMOVED: 'auditDetails.removedBefore',
  NO_STAFF_ROLE: 'auditDetails.noStaffRole',
  TOO_MANY_REQUESTS: 'auditDetails.tooMany',
};

/** Details that measure something. */
const measured: readonly {
  readonly pattern: RegExp;
  readonly text: string;
  values(first: number, second: number): Readonly<Record<string, number>>;
}[] = [
  {
    pattern: /^(\d+) of (\d+) ms$/,
    text: 'auditDetails.kept',
    values: (kept, all) => ({ kept: Math.round(kept / 1_000), all: Math.round(all / 1_000) }),
  },
  {
    pattern: /^bytes (\d+) to (\d+)$/,
    text: 'auditDetails.bytes',
    values: (from, to) => ({ from, to }),
  },
];

export interface Word {
  readonly text: string;
  readonly values?: Readonly<Record<string, number>>;
}

export interface About {
  /** Texts to be shown in the page's language. */
  readonly words: readonly Word[];
  /** Ids, numbers and words of another version's log, as they are. */
  readonly asTheyAre: readonly string[];
}

/** Whom or what it was done to, and how. */
export function aboutEntry({ event, target, detail }: AuditEntry): About {
  const words: Word[] = [];
  const asTheyAre: string[] = [];
  const say = (text: string | undefined, dictionary: Readonly<Record<string, string>>) => {
    if (text === undefined) return;
    const word = Object.hasOwn(dictionary, text) ? dictionary[text] : undefined;
    if (word === undefined) asTheyAre.push(text);
    else words.push({ text: word });
  };
  say(target, targetsAreWords.test(event) ? targetWords : {});
  const measure = measured.find(({ pattern }) => pattern.test(detail ?? ''));
  if (measure === undefined) say(detail, detailWords);
  else {
    const [, first, second] = measure.pattern.exec(detail ?? '') ?? [];
    words.push({ text: measure.text, values: measure.values(Number(first), Number(second)) });
  }
  return { words, asTheyAre };
}

export function outcomeText(outcome: string): string {
  return (Object.hasOwn(outcomeWords, outcome) ? outcomeWords[outcome] : undefined) ?? 'audit.notDone';
}
