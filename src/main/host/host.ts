/** The host: builds its parts in order and stops them in reverse. The desktop app and the headless program both start this. */

import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { identityToRecipient } from 'age-encryption';
import { CatalogueError } from '../../shared/contract/errors.ts';
import { Admission } from './admission/admission.ts';
import { GuessLimit } from './admission/guess-limit.ts';
import { Pace } from './admission/pace.ts';
import { AdmissionStore } from './admission/store.ts';
import { ParticipantTokens } from './admission/tokens.ts';
import { Audit } from './audit/audit.ts';
import { watchCredentials } from './audit/credentials.ts';
import { clinicItself } from './audit/fact.ts';
import { SigningKey } from './audit/signing-key.ts';
import { AuditStore } from './audit/store.ts';
import { AuditTrail } from './audit/trail.ts';
import { Consents } from './consent/consents.ts';
import { ConsentStore } from './consent/store.ts';
import { Consultations } from './consultations/consultations.ts';
import { ConsultationStore } from './consultations/store.ts';
import { Summaries } from './consultations/summaries.ts';
import { createEntrance, type Entrance } from './entrance.ts';
import { Files } from './files/files.ts';
import { FileStore } from './files/store.ts';
import { FileVault } from './files/vault.ts';
import { createLiveKit } from './livekit/create-livekit.ts';
import { egressPagesOrigin } from './livekit/egress.ts';
import type { LiveKit } from './livekit/livekit.ts';
import { Messages } from './messages/messages.ts';
import { MessageStore } from './messages/store.ts';
import { lanAddresses, localName } from './network/addresses.ts';
import { announce } from './network/announcement.ts';
import { destinationsOf } from './network/destinations.ts';
import { IceServers } from './network/ice-servers.ts';
import { LanSharing } from './network/lan-sharing.ts';
import { NetworkStore } from './network/network-store.ts';
import { Notes } from './notes/notes.ts';
import { NoteStore } from './notes/store.ts';
import { createRouter, type DoorContext, type HostRouter } from './operations.ts';
import { ConsultationPacks } from './packs/consultation-pack.ts';
import { EgressBucketFiles } from './recordings/egress-bucket.ts';
import { type EgressFiles, EgressFolder } from './recordings/egress-files.ts';
import { EgressRecorder } from './recordings/egress-recorder.ts';
import { EgressRecordings, endWithoutEgress } from './recordings/egress-recordings.ts';
import { takeFoundFiles } from './recordings/found-files.ts';
import { Library } from './recordings/library/library.ts';
import { LibraryStore } from './recordings/library/library-store.ts';
import { RecordingLinks } from './recordings/library/links.ts';
import { shred } from './recordings/library/shred.ts';
import type { ObjectStore } from './recordings/object-store.ts';
import { recordingPath } from './recordings/recording-bytes.ts';
import { RecordingControl } from './recordings/recording-control.ts';
import { pause, RecordingStorage } from './recordings/recording-storage.ts';
import { Recordings } from './recordings/recordings.ts';
import type { S3Settings } from './recordings/s3-bucket.ts';
import { RecordingStore } from './recordings/store.ts';
import { UploadStore } from './recordings/upload-store.ts';
import { createHttpApp } from './rest/app.ts';
import { Door } from './rest/door.ts';
import { PresenceRecorder } from './rooms/presence.ts';
import { RoomReports } from './rooms/reports.ts';
import { trackFact } from './rooms/room-facts.ts';
import { RoomManager } from './rooms/room-manager.ts';
import { Changes } from './runtime/changes.ts';
import type { HostConfig } from './runtime/config.ts';
import { holdEarlyArrivals } from './runtime/early-arrivals.ts';
import { Health } from './runtime/health.ts';
import { Lifetime } from './runtime/lifetime.ts';
import { closeServer, listen } from './runtime/listen.ts';
import { createLog, type Log } from './runtime/log.ts';
import { type KeptBy, loadSecrets, type SecretBox } from './runtime/secrets.ts';
import { steadyClock } from './runtime/steady-clock.ts';
import { Turns } from './runtime/turns.ts';
import { SignalingServer } from './signaling/server.ts';
import { StaffAccounts } from './staff/accounts.ts';
import { ClinicName } from './staff/clinic-name.ts';
import { StaffDevices } from './staff/devices.ts';
import { StaffStore } from './staff/store.ts';
import { listBackups } from './storage/backup.ts';
import { Backups } from './storage/backups.ts';
import { type Database, openDatabase } from './storage/database.ts';
import { DatabaseDamagedError, databaseFileName } from './storage/database-file.ts';
import { GroupCommit } from './storage/group-commit.ts';
import { Outbox } from './sync/outbox.ts';
import { Tracking } from './sync/tracking.ts';

export interface HostHandle {
  /** Where programs on this computer reach it, without a path. */
  readonly url: string;
  readonly port: number;
  /** The contract's implementation, for a door of the caller's own (message ports). */
  readonly router: HostRouter;
  /** What the clinic's own windows are to that router. */
  readonly staffContext: DoorContext;
  readonly livekit: Pick<LiveKit, 'status' | 'onStatus'>;
  readonly log: Log;
  /** What opens the clinic's backups on another computer; given to whoever sits at this one, and by no door. */
  showRecoveryKey(): string;
  /** What opens the clinic's recordings with age, and the public key it belongs to; given as above. */
  showRecordingKey(): { readonly identity: string; readonly recipient: string };
  /** Stops everything; a second call does nothing. */
  close(): Promise<void>;
}

/**
 * Starts a host and is done when its door is open. The video server follows in the background.
 * @param secretBox what keeps the clinic's keys, where the system has something for it.
 * @throws PortTakenError, or an Error whose message says what to correct; nothing is left running then.
 */
export async function startHost(config: HostConfig, secretBox?: SecretBox): Promise<HostHandle> {
  const lifetime = new Lifetime();
  try {
    return await build(config, secretBox, lifetime);
  } catch (error) {
    await lifetime.close();
    throw error;
  }
}

async function build(
  config: HostConfig,
  secretBox: SecretBox | undefined,
  lifetime: Lifetime,
): Promise<HostHandle> {
  const log = createLog({ format: config.logFormat, level: config.logLevel });
  const now = () => Date.now();

  // The port first: it is what tells two hosts apart before either touches the data.
  const server = createServer();
  const early = holdEarlyArrivals(server);
  const port = await listen(server, config.address, config.port);
  lifetime.add('HTTP door', () => {
    early.drop();
    return closeServer(server);
  });
  const url = `http://127.0.0.1:${port}`;

  const { secrets, keptBy } = loadSecrets(config.dataDir, { box: secretBox, key: config.secretsKey });
  log.scope('Keys').info(keptByWords[keptBy]);
  const ownRecipient = await identityToRecipient(secrets.recordingIdentity);
  const recordingIdentity = config.recordings.recipient === undefined ? secrets.recordingIdentity : undefined;
  const database = await openClinic(config, secrets.databaseKey);
  lifetime.add('database', () => database.destroy());
  const commits = new GroupCommit(database);
  const signingKey = SigningKey.of(secrets.databaseKey);
  const auditStore = new AuditStore(database);
  const trail = await AuditTrail.open({
    database,
    commits,
    key: signingKey,
    log,
    now,
  });
  lifetime.add('audit', () => trail.close());
  const watchCredential = watchCredentials(trail);
  // Before anything else is written, so that it knows of all of it.
  const outbox = await Outbox.open(database, commits, config.tracking?.url, now);
  const backups = new Backups({ ...config.backups, dataDir: config.dataDir, secrets, log, now });
  lifetime.add('backups', () => backups.close());

  const clinicName = await ClinicName.read(database, commits, config.clinicName);
  const changes = new Changes();
  lifetime.add('changes', () => changes.close());
  const tracking = await Tracking.open(config.tracking, outbox, { commits, log, now });
  lifetime.add('tracking', () => tracking.close());
  const bucket = config.s3 && { settings: config.s3, store: await openBucketOf(config.s3) };
  const recordingStore = new RecordingStore(database, commits);
  const recordingStorage = new RecordingStorage(
    {
      dataDir: config.dataDir,
      uploads: new UploadStore(database, commits, now),
      recordings: recordingStore,
      identity: recordingIdentity,
      trail,
      log,
      now,
      chance: Math.random,
      pause,
    },
    bucket,
  );
  lifetime.add('storage of recordings', () => recordingStorage.close());
  const consultationStore = new ConsultationStore(database, commits, () => changes.tell());
  const admissionStore = new AdmissionStore(database, commits);
  const consentStore = new ConsentStore(database, commits);
  const tokenKeys = config.livekit.tokenKeys ?? { key: secrets.tokenKey, secret: secrets.tokenSecret };
  const tokens = new ParticipantTokens({ ...tokenKeys, metadataKey: secrets.metadataKey }, now);

  const addresses = () => (config.network.address === undefined ? lanAddresses() : [config.network.address]);
  const iceServers = new IceServers();
  const livekit: LiveKit = createLiveKit({
    ...config.livekit,
    dataDir: config.dataDir,
    resourcesDir: config.resourcesDir,
    internal: { key: secrets.livekitKey, secret: secrets.livekitSecret },
    // Only shared, or behind a proxy, do people from other computers reach this host.
    nodeIp: () =>
      config.trustProxy || network.url !== undefined ? (addresses()[0] ?? '127.0.0.1') : '127.0.0.1',
    hostDoorUrl: () => url,
    iceServers: () => iceServers.forParticipant(),
    log,
    authorize: (token) => watchCredential('video-server', () => admission.authorizeRtc(token)),
    authorizeReturn: (from) => admission.authorizeRtcReturn(from),
    authorizeRecorder: async (place) => {
      if (egressRecorder === undefined) throw new CatalogueError('FORBIDDEN');
      return egressRecorder.admit(place);
    },
  });
  lifetime.add('video server', () => livekit.close());
  const livekitUrl = (baseUrl: string) => livekit.externalUrl ?? baseUrl.replace(/^http/, 'ws');

  const presence = await PresenceRecorder.open({ database, commits, log, now });
  lifetime.add('presence', () => presence.close());
  const rooms: RoomManager = new RoomManager({
    presence,
    now,
    sfuAvailable: () => livekit.status().state === 'ready',
    presenceChanged: () => changes.tell(),
    get recordings() {
      return recordings;
    },
    trail,
  });
  lifetime.add('rooms', () => rooms.close());

  const turns = new Turns();
  const pace = new Pace(now);
  const admission: Admission = new Admission({
    trail,
    tokens,
    store: admissionStore,
    consents: consentStore,
    consultations: consultationStore,
    turns,
    rooms,
    livekit,
    pace,
    log,
    pastStays: (consultationId) => presence.pastStays(consultationId),
    clinicName: () => clinicName.current,
    addressFor: (baseUrl) => network.addressFor(baseUrl),
    now,
  });
  const consultations: Consultations = new Consultations({
    store: consultationStore,
    admission,
    rooms,
    livekit,
    turns,
    log,
    now,
    livekitUrl,
  });
  const consents = new Consents({
    store: consentStore,
    admission,
    participants: admissionStore,
    rooms,
    now,
  });

  const keeping = {
    store: recordingStore,
    consents: consentStore,
    consultations: consultationStore,
    admission,
    rooms,
    trail,
    log,
    dataDir: config.dataDir,
    recipient: config.recordings.recipient ?? ownRecipient,
    now: steadyClock(),
    settled: () => recordingStorage.look(),
  };
  await takeFoundFiles({ ...keeping, identity: recordingIdentity });
  const byWindows = await Recordings.open(keeping);
  lifetime.add('recordings', () => byWindows.close());
  const egressFiles = egressFilesOf(config, bucket);
  const egressRecorder =
    egressFiles && new EgressRecorder({ livekit, files: egressFiles, log, now: keeping.now });
  const byEgress =
    egressRecorder &&
    (await EgressRecordings.open({
      ...keeping,
      recorder: egressRecorder,
      lost: (consultationId) => recordings.egressLost(consultationId),
    }));
  if (!byEgress) await endWithoutEgress(keeping);
  lifetime.add('recordings by Egress', async () => byEgress?.close());
  const recordings: RecordingControl = new RecordingControl({
    ...keeping,
    windows: byWindows,
    egress: byEgress,
    livekit,
  });

  lifetime.add('passing time', await consultations.watchTime());

  let videoServerWasThere = false;
  livekit.onStatus(({ state }) => {
    rooms.sfuAvailabilityChanged();
    if (state !== 'ready' && videoServerWasThere) byEgress?.videoServerLost();
    videoServerWasThere = state === 'ready';
  });
  livekit.onEvent((event) => {
    if (event.type === 'track-published' || event.type === 'track-unpublished') {
      const fact = trackFact(event, rooms);
      if (fact !== undefined) trail.note(fact);
      return;
    }
    if (event.type !== 'participant-joined' && event.type !== 'participant-left') return;
    if (egressRecorder?.isRecorder(event.roomName, event.identity)) return;
    admission
      .videoServerPresence(
        event.roomName,
        event.identity,
        event.type === 'participant-joined',
        (consultation) => consultations.openRoom(consultation),
      )
      .catch((error) => log.scope('LiveKit').error('An event of the video server was not followed', error));
  });

  const staffDevices = new StaffDevices({
    store: new StaffStore(database, commits),
    trail,
    log,
    now,
    endEntry: ({ consultationId, identity }) => admission.remove(consultationId, identity),
  });
  const accounts = config.supabaseAuth && new StaffAccounts(config.supabaseAuth);
  const door = new Door(
    { ...config, recorderPages: config.livekit.egress && egressPagesOrigin },
    admission,
    async (credential) => (await staffDevices.identify(credential)) ?? accounts?.identify(credential),
    (host) => network.originOf(host),
    watchCredential,
  );
  const messageStore = new MessageStore(database, commits);
  const messages = new Messages({ store: messageStore, now });
  const network: LanSharing = new LanSharing({
    settings: config.network,
    store: new NetworkStore(database, commits),
    clinicName: () => clinicName.current,
    log,
    now,
    addresses,
    localName,
    announce,
    serve: (tlsServer) => entrance.serve(tlsServer, { signalingAttached: false }),
    // The video server offers media at the address people reach this computer by.
    changed: () => livekit.addressChanged(),
  });
  const fileStore = new FileStore(database, commits);
  const vault = new FileVault(join(config.dataDir, 'files'));
  const files = new Files({
    store: fileStore,
    vault,
    trail,
    admission,
    participants: admissionStore,
    rooms,
    limits: config.files,
    isStillKnown: (caller) => staffDevices.isStillKnown(caller),
    log,
    now,
  });
  await files.tidy();
  const library = new Library({
    store: new LibraryStore(database, commits, now),
    links: new RecordingLinks(database, commits, now),
    copies: recordingStorage,
    shred: async (egressId) => {
      await byWindows.discard(egressId);
      await shred(recordingPath(config.dataDir, egressId));
    },
    identity: recordingIdentity,
    retentionDays: config.recordings.retentionDays,
    egress: config.livekit.egress?.to,
    trail,
    log,
    now,
    clinicName: () => clinicName.current,
    guessLimit: new GuessLimit(
      { wrong: 'RECORDING_LINK_NOT_FOUND', name: 'link of a recording' },
      log.scope('Recordings'),
    ),
    pace,
    isStillKnown: (caller) => staffDevices.isStillKnown(caller),
  });
  lifetime.add('library', () => library.close());
  const packs = new ConsultationPacks({
    database,
    consultations: consultationStore,
    messages: messageStore,
    files: { store: fileStore, vault },
    consents: consentStore,
    audit: auditStore,
    library,
    trail,
    key: signingKey,
    clinicName: () => clinicName.current,
    settled: () => presence.settled(),
    log,
    now,
  });
  const signaling = new SignalingServer(server, {
    admission,
    consultations,
    messages,
    recordings: byWindows,
    livekit,
    iceServers,
    door,
    trail,
    pace,
    watchCredential,
    log,
    livekitUrl,
  });
  lifetime.add('signaling', () => signaling.close());

  const health = new Health({
    rooms,
    livekit,
    database,
    activeConnections: () => signaling.activeConnections,
  });
  const noteStore = new NoteStore(database, commits);
  const router = createRouter({
    changes,
    admission,
    consultations,
    messages,
    consents,
    files,
    library,
    notes: new Notes({ store: noteStore, consultations: consultationStore, now }),
    summaries: new Summaries({
      database,
      consultations,
      notes: noteStore,
      settled: () => presence.settled(),
      lastBackupAt: async () => (await backups.list())[0]?.createdAt,
      now,
    }),
    reports: new RoomReports(rooms, livekit),
    livekit,
    health,
    guessLimit: new GuessLimit(
      { wrong: 'INVITATION_NOT_FOUND', name: 'invitation code' },
      log.scope('Admission'),
    ),
    pace,
    pairingLimit: new GuessLimit({ wrong: 'PAIRING_NOT_FOUND', name: 'pairing code' }, log.scope('Staff')),
    staffDevices,
    network,
    destinations: () => destinationsOf(config, livekit),
    clinicName,
    backups,
    tracking,
    recordings,
    recordingStorage,
    audit: new Audit(auditStore, trail),
    trail,
    log,
  });
  const app = createHttpApp({
    router,
    door,
    files,
    library,
    packs,
    livekit,
    log: log.scope('API'),
    webRoot: config.webRoot,
    authorityCertificate: () => network.authorityCertificate(),
  });
  const entrance: Entrance = createEntrance({ app, door, signaling, livekit });
  entrance.serve(server, { signalingAttached: true });
  early.release();
  lifetime.add('network door', () => network.close());
  await network.start();

  await library.start();
  livekit.start();
  backups.start();
  recordingStorage.start();
  log.info(`Listening on ${url}`);
  return {
    url,
    port,
    router,
    staffContext: { caller: { role: 'admin' }, baseUrl: config.publicUrl ?? url, remoteAddress: 'window' },
    livekit,
    log,
    showRecoveryKey: () => {
      log.scope('Keys').info('The recovery key was shown on this computer');
      trail.note({ event: 'recovery-key.show', caller: clinicItself, outcome: 'ok' });
      return secrets.recoveryKey;
    },
    showRecordingKey: () => {
      log.scope('Keys').info('The key of the recordings was shown on this computer');
      return { identity: secrets.recordingIdentity, recipient: ownRecipient };
    },
    close: () => lifetime.close(),
  };
}

/** The client for S3 is a third of what this program would load at its start; most clinics have no bucket. */
async function openBucketOf(settings: S3Settings): Promise<ObjectStore> {
  const { openBucket } = await import('./recordings/s3-bucket.ts');
  return openBucket(settings);
}

const keptByWords: Readonly<Record<KeptBy, string>> = {
  system: "The clinic's keys are kept by the system's keyring",
  key: "The clinic's keys are sealed by SECRETS_KEY",
  file: "The clinic's keys are in a file that only this user can read; no keyring or SECRETS_KEY seals it",
};

/** Where LiveKit Egress writes; undefined where it is not set up. */
function egressFilesOf(
  { livekit: { egress } }: HostConfig,
  bucket: { readonly settings: S3Settings; readonly store: ObjectStore } | undefined,
): EgressFiles | undefined {
  if (egress?.to === 'folder') return new EgressFolder(egress.folder);
  return egress && bucket && new EgressBucketFiles(bucket.settings, bucket.store);
}

/** @throws DatabaseDamagedError that says where the newest backup is. */
async function openClinic({ dataDir, backups }: HostConfig, databaseKey: string): Promise<Database> {
  const file = join(dataDir, databaseFileName);
  const [newest] = await listBackups(backups.dir);
  try {
    // A new clinic has no backups; one that has them does not start again from nothing.
    if (newest !== undefined && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) {
      throw new DatabaseDamagedError(
        'database-missing',
        `The clinic's database ${file} is missing or empty.`,
        { path: file },
      );
    }
    return await openDatabase(file, databaseKey);
  } catch (error) {
    if (!(error instanceof DatabaseDamagedError)) throw error;
    const advice =
      newest === undefined
        ? `There is no backup in ${backups.dir}; if you keep one elsewhere, restore it with: npm run host -- restore <folder>`
        : `The newest backup is of ${newest.createdAt}; restore it with: npm run host -- restore "${newest.folder}"`;
    throw new DatabaseDamagedError(error.reason, `${error.message} ${advice}`, {
      ...error.facts,
      ...(newest === undefined ? {} : { backup: { createdAt: newest.createdAt, folder: newest.folder } }),
      cause: error,
    });
  }
}
