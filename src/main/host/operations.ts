/** Implements the contract: one chain for every door (who calls, role, input, own consultation, run), then the feature. */
import { implement, ORPCError } from '@orpc/server';
import type { Caller } from '../../shared/access/access.ts';
import { consultationIdOf } from '../../shared/consultation/consultation.ts';
import { contract } from '../../shared/contract/contract.ts';
import { CatalogueError, type ErrorCode, errorCatalogue } from '../../shared/contract/errors.ts';
import { contentPathOf } from '../../shared/contract/files.ts';
import type { Destination } from '../../shared/contract/network.ts';
import type { OperationMeta } from '../../shared/contract/operation.ts';
import type { StaffSelf } from '../../shared/contract/staff.ts';
import type { Admission } from './admission/admission.ts';
import type { GuessLimit } from './admission/guess-limit.ts';
import type { Pace } from './admission/pace.ts';
import type { Audit } from './audit/audit.ts';
import { operationFact } from './audit/fact.ts';
import type { AuditTrail } from './audit/trail.ts';
import type { Consents } from './consent/consents.ts';
import type { Consultations } from './consultations/consultations.ts';
import type { Summaries } from './consultations/summaries.ts';
import type { Files } from './files/files.ts';
import type { LiveKit } from './livekit/livekit.ts';
import type { Messages } from './messages/messages.ts';
import type { LanSharing } from './network/lan-sharing.ts';
import type { Notes } from './notes/notes.ts';
import type { Library } from './recordings/library/library.ts';
import type { RecordingControl } from './recordings/recording-control.ts';
import type { RecordingStorage } from './recordings/recording-storage.ts';
import type { RoomReports } from './rooms/reports.ts';
import type { Changes } from './runtime/changes.ts';
import type { Health } from './runtime/health.ts';
import type { Log } from './runtime/log.ts';
import type { ClinicName } from './staff/clinic-name.ts';
import type { StaffDevices } from './staff/devices.ts';
import type { Backups } from './storage/backups.ts';
import { storageFailure } from './storage/failures.ts';
import type { Tracking } from './sync/tracking.ts';

/** What a door knows of a call; the caller never comes from a payload. */
export interface DoorContext {
  readonly caller: Caller;
  /** Where the caller reached this host, without a path: `http://localhost:8888`. */
  readonly baseUrl: string;
  /** For limits; the same for calls that come from the same place. */
  readonly remoteAddress: string;
}

export interface OperationParts {
  readonly changes: Changes;
  readonly admission: Admission;
  readonly consultations: Consultations;
  readonly messages: Messages;
  readonly consents: Consents;
  readonly files: Files;
  readonly reports: RoomReports;
  readonly livekit: LiveKit;
  readonly health: Health;
  readonly network: Pick<LanSharing, 'status' | 'share' | 'addressFor' | 'refresh'>;
  /** Where this host speaks to, outside this computer. */
  destinations(): Destination[];
  readonly guessLimit: GuessLimit;
  readonly pace: Pace;
  readonly pairingLimit: GuessLimit;
  readonly staffDevices: StaffDevices;
  readonly clinicName: ClinicName;
  readonly notes: Notes;
  readonly library: Library;
  readonly summaries: Summaries;
  readonly backups: Backups;
  readonly tracking: Tracking;
  readonly recordings: RecordingControl;
  readonly recordingStorage: RecordingStorage;
  readonly audit: Audit;
  readonly trail: AuditTrail;
  readonly log: Log;
}

export function createRouter(parts: OperationParts) {
  const log = parts.log.scope('API');
  const os = implement(contract)
    .$context<DoorContext>()
    // Only the first three of the middlewares below run before the input was checked.
    .$config({ initialInputValidationIndex: 3 });

  const chain = os
    .use(({ context, procedure, next }, input) => {
      const { meta } = procedure['~orpc'];
      const fact = operationFact(context.caller, meta, input);
      return parts.trail.during(fact, meta.recorded ?? 'each', async () => next());
    })
    .use(async ({ next, path }) => {
      try {
        return await next();
      } catch (error) {
        throw toOperationError(error, (cause) => log.error(`${path.join('.')} failed`, cause));
      }
    })
    .use(({ context, procedure, next }) => {
      const { roles } = procedure['~orpc'].meta;
      if (!roles.includes(context.caller.role)) {
        throw new CatalogueError(context.caller.role === 'anyone' ? 'UNAUTHENTICATED' : 'FORBIDDEN');
      }
      return next();
    })
    .use(({ context, procedure, next }, input) => {
      const { meta } = procedure['~orpc'];
      assertOwnConsultation(context.caller, meta, input);
      if ('identity' in context.caller && meta.recorded === undefined) parts.pace.keepAs(context.caller);
      return next();
    });

  return chain.router({
    health: chain.health.handler(() => parts.health.report()),
    consultations: {
      create: chain.consultations.create.handler(async ({ input, context }) => {
        const { doctorToken, patientToken, ...created } = await parts.consultations.create(
          input,
          context.baseUrl,
        );
        // Whoever holds these is the doctor, or the patient.
        if (context.caller.role === 'reception') return created;
        const { consultationId, doctorId } = created;
        await parts.staffDevices.rememberEntry(context.caller, { consultationId, identity: doctorId });
        return { ...created, doctorToken, patientToken };
      }),
      list: chain.consultations.list.handler(({ input, context }) =>
        parts.consultations.list(input ?? {}, context.baseUrl),
      ),
      find: chain.consultations.find.handler(({ input, context }) =>
        parts.consultations.find(input ?? {}, context.baseUrl),
      ),
      get: chain.consultations.get.handler(({ input, context }) =>
        parts.consultations.get(input.consultationId, context.baseUrl),
      ),
      changes: chain.consultations.changes.handler(async ({ input, signal }) => ({
        number: await parts.changes.after(input?.known, signal),
      })),
      update: chain.consultations.update.handler(({ input: { consultationId, ...correction }, context }) =>
        parts.consultations.update(consultationId, correction, context.baseUrl),
      ),
      reschedule: chain.consultations.reschedule.handler(({ input: { consultationId, ...plan }, context }) =>
        parts.consultations.reschedule(consultationId, plan, context.baseUrl),
      ),
      cancel: chain.consultations.cancel.handler(({ input: { consultationId, ...wish }, context }) =>
        parts.consultations.cancel(consultationId, wish, context.baseUrl),
      ),
      enter: chain.consultations.enter.handler(async ({ input, context }) => {
        const entry = await parts.consultations.enter(input.consultationId, context.baseUrl);
        await parts.staffDevices.rememberEntry(context.caller, entry);
        return entry;
      }),
      setTransport: chain.consultations.setTransport.handler(({ input }) =>
        parts.consultations.setTransport(input.consultationId, input.transport),
      ),
      summary: chain.consultations.summary.handler(({ input, context }) =>
        parts.summaries.get(input.consultationId, context.baseUrl),
      ),
      close: chain.consultations.close.handler(async ({ input, context }) => {
        // While the window that records is still connected, and has its last moments to send.
        await parts.recordings.endAsClosed(input.consultationId);
        return parts.consultations.close(input.consultationId, context.baseUrl);
      }),
    },
    invitations: {
      create: chain.invitations.create.handler(({ input: { consultationId, ...wish }, context }) =>
        parts.admission.invite(consultationId, wish, context.baseUrl),
      ),
      list: chain.invitations.list.handler(({ input, context }) =>
        parts.admission.invitations(input.consultationId, context.baseUrl),
      ),
      revoke: chain.invitations.revoke.handler(({ input, context }) =>
        parts.admission.revokeInvitation(input.consultationId, input.code, context.baseUrl),
      ),
      greet: chain.invitations.greet.handler(({ input, context }) =>
        parts.guessLimit.guard(context.remoteAddress, () => parts.admission.greet(input.code)),
      ),
      redeem: chain.invitations.redeem.handler(({ input, context }) =>
        parts.guessLimit.guard(context.remoteAddress, () => parts.admission.redeem(input, context.baseUrl)),
      ),
    },
    waitingRoom: {
      list: chain.waitingRoom.list.handler(() => parts.admission.waiting()),
      admit: chain.waitingRoom.admit.handler(({ input }) =>
        parts.admission.admit(input.consultationId, input.identity),
      ),
      refuse: chain.waitingRoom.refuse.handler(async ({ input }) => {
        await parts.admission.refuse(input.consultationId, input.identity, input.reason);
        return { identity: input.identity };
      }),
      tell: chain.waitingRoom.tell.handler(async ({ input }) => {
        const message = await parts.admission.tellWaiting(input.consultationId, input.message);
        return message === undefined
          ? { at: new Date().toISOString() }
          : { message: message.text, at: message.at };
      }),
    },
    consents: {
      list: chain.consents.list.handler(({ input, context }) =>
        parts.consents.list(context.caller, input.consultationId),
      ),
      ask: chain.consents.ask.handler(async ({ input, context }) => {
        const { verdict, answers } = await parts.consents.askForRecording(
          context.caller,
          input.consultationId,
        );
        return { verdict, answers: [...answers] };
      }),
      answer: chain.consents.answer.handler(({ input, context }) =>
        parts.consents.answer(context.caller, input),
      ),
    },
    rooms: {
      active: chain.rooms.active.handler(() => parts.reports.active()),
      stats: chain.rooms.stats.handler(({ input }) => parts.reports.stats(input.roomName)),
      removeParticipant: chain.rooms.removeParticipant.handler(async ({ input }) => {
        await parts.admission
          .remove(consultationIdOf(input.roomName) ?? '', input.identity)
          .catch((error) => {
            const unknownRoom = error instanceof CatalogueError && error.code === 'CONSULTATION_NOT_FOUND';
            throw unknownRoom ? new CatalogueError('ROOM_NOT_FOUND') : error;
          });
        return { roomName: input.roomName, identity: input.identity, removed: true as const };
      }),
    },
    messages: {
      list: chain.messages.list.handler(async ({ input: { consultationId, after } }) => {
        await parts.admission.require(consultationId);
        return parts.messages.list(consultationId, after);
      }),
    },
    notes: {
      get: chain.notes.get.handler(({ input }) => parts.notes.get(input.consultationId)),
      save: chain.notes.save.handler(({ input, context }) => parts.notes.save(input, context.caller)),
      history: chain.notes.history.handler(({ input }) => parts.notes.history(input.consultationId)),
      version: chain.notes.version.handler(({ input }) =>
        parts.notes.version(input.consultationId, input.version),
      ),
    },
    network: {
      destinations: chain.network.destinations.handler(() => parts.destinations()),
      status: chain.network.status.handler(() => parts.network.status()),
      share: chain.network.share.handler(({ input }) => parts.network.share(input.sharing)),
    },
    backups: {
      create: chain.backups.create.handler(() => parts.backups.create()),
      list: chain.backups.list.handler(() => parts.backups.list()),
    },
    tracking: {
      status: chain.tracking.status.handler(() => parts.tracking.status()),
      retry: chain.tracking.retry.handler(() => parts.tracking.retry()),
    },
    recordings: {
      start: chain.recordings.start.handler(({ input }) =>
        parts.recordings.start(input.consultationId, input.roomName),
      ),
      stop: chain.recordings.stop.handler(({ input }) =>
        parts.recordings.stop(input.consultationId, input.egressId),
      ),
      list: chain.recordings.list.handler(({ input }) => parts.recordings.list(input)),
      get: chain.recordings.get.handler(({ input }) => parts.recordings.get(input.egressId)),
      storage: chain.recordings.storage.handler(() => parts.recordingStorage.status()),
      storeNow: chain.recordings.storeNow.handler(() => parts.recordingStorage.retry()),
    },
    audit: {
      list: chain.audit.list.handler(({ input }) => parts.audit.list(input ?? {})),
      verify: chain.audit.verify.handler(() => parts.audit.verify()),
      export: chain.audit.export.handler(({ input }) => parts.audit.export(input ?? {})),
    },
    files: {
      list: chain.files.list.handler(async ({ input: { consultationId } }) => {
        await parts.admission.require(consultationId);
        return parts.files.list(consultationId);
      }),
      ticket: chain.files.ticket.handler(async ({ input, context }) => {
        await parts.admission.require(input.consultationId);
        const issued = await parts.files.ticket(context.caller, input);
        return { ...issued, url: context.baseUrl + contentPathOf(input) };
      }),
      create: chain.files.create.handler(({ input, context }) => parts.files.create(context.caller, input)),
      get: chain.files.get.handler(({ input: { consultationId, fileId }, context }) =>
        parts.files.status(context.caller, consultationId, fileId),
      ),
      cancel: chain.files.cancel.handler(async ({ input: { consultationId, fileId }, context }) => {
        await parts.files.cancel(context.caller, consultationId, fileId);
        return { fileId };
      }),
    },
    recordingLibrary: {
      find: chain.recordingLibrary.find.handler(({ input }) => parts.library.find(input ?? {})),
      ticket: chain.recordingLibrary.ticket.handler(({ input, context }) =>
        parts.library.ticket(context.caller, input.egressId, input.use, context.baseUrl),
      ),
      check: chain.recordingLibrary.check.handler(({ input }) => parts.library.check(input.egressId)),
      hold: chain.recordingLibrary.hold.handler(({ input, context }) =>
        parts.library.hold(context.caller, input.egressId, input.reason),
      ),
      release: chain.recordingLibrary.release.handler(({ input, context }) =>
        parts.library.release(context.caller, input.egressId, input.reason),
      ),
      keep: chain.recordingLibrary.keep.handler(({ input, context }) =>
        parts.library.keep(context.caller, input.egressId, input.keeping),
      ),
      remove: chain.recordingLibrary.remove.handler(({ input, context }) =>
        parts.library.remove(context.caller, input.egressId, input.reason),
      ),
      share: chain.recordingLibrary.share.handler(({ input, context }) =>
        parts.library.share(input.egressId, input.hours, parts.network.addressFor(context.baseUrl).url),
      ),
      links: chain.recordingLibrary.links.handler(({ input }) => parts.library.links(input.egressId)),
      unshare: chain.recordingLibrary.unshare.handler(({ input }) =>
        parts.library.unshare(input.egressId, input.linkId),
      ),
      openLink: chain.recordingLibrary.openLink.handler(({ input, context }) =>
        parts.library.openLink(input.token, context.baseUrl, context.remoteAddress),
      ),
      rules: chain.recordingLibrary.rules.handler(() => parts.library.rules()),
      setRules: chain.recordingLibrary.setRules.handler(({ input }) =>
        parts.library.setSharing(input.sharing),
      ),
      pack: chain.recordingLibrary.pack.handler(async ({ input: { consultationId }, context }) => {
        await parts.admission.require(consultationId);
        return parts.library.packTicket(context.caller, consultationId, context.baseUrl);
      }),
    },
    livekit: { status: chain.livekit.status.handler(() => parts.livekit.status()) },
    staff: {
      me: chain.staff.me.handler(({ context }) => toSelf(context.caller, parts.clinicName.current)),
      invite: chain.staff.invite.handler(({ input, context }) =>
        parts.staffDevices.invite(input, parts.network.addressFor(context.baseUrl)),
      ),
      pair: chain.staff.pair.handler(({ input, context }) =>
        parts.pairingLimit.guard(context.remoteAddress, async () => ({
          ...(await parts.staffDevices.pair(input.code, input.deviceName)),
          clinicName: parts.clinicName.current,
        })),
      ),
      pairByProof: chain.staff.pairByProof.handler(({ input, context }) =>
        parts.pairingLimit.guard(context.remoteAddress, async () => ({
          ...(await parts.staffDevices.pairByProof(input, parts.network.status().fingerprint)),
          clinicName: parts.clinicName.current,
        })),
      ),
      unpair: chain.staff.unpair.handler(async ({ context }) => {
        const deviceId = deviceOf(context.caller);
        if (deviceId === undefined) throw new CatalogueError('DEVICE_NOT_FOUND');
        await parts.staffDevices.revoke(deviceId);
        return { deviceId };
      }),
      devices: chain.staff.devices.handler(() => parts.staffDevices.list()),
      rename: chain.staff.rename.handler(({ input: { deviceId, ...change } }) =>
        parts.staffDevices.rename(deviceId, change),
      ),
      revoke: chain.staff.revoke.handler(async ({ input: { deviceId } }) => {
        await parts.staffDevices.revoke(deviceId);
        return { deviceId };
      }),
    },
    clinic: {
      rename: chain.clinic.rename.handler(async ({ input: { clinicName } }) => {
        await parts.clinicName.change(clinicName);
        // It is announced by its name.
        await parts.network.refresh();
        return { clinicName };
      }),
    },
  });
}

export type HostRouter = ReturnType<typeof createRouter>;

/** @throws CatalogueError FORBIDDEN when the caller is not of the staff, which the role's check has already refused. */
function toSelf(caller: Caller, clinicName: string): StaffSelf {
  switch (caller.role) {
    case 'admin':
    case 'clinician':
    case 'reception': {
      const name = caller.staff?.name;
      const deviceId = deviceOf(caller);
      return {
        role: caller.role,
        clinicName,
        ...(name ? { name } : {}),
        ...(deviceId === undefined ? {} : { deviceId }),
      };
    }
    case 'doctor':
    case 'patient':
    case 'observer':
    case 'anyone':
      throw new CatalogueError('FORBIDDEN');
  }
}

/** The paired computer a call comes from. */
function deviceOf(caller: Caller): string | undefined {
  return 'staff' in caller && caller.staff?.kind === 'device' ? caller.staff.id : undefined;
}

/** A participant acts in its own consultation only, whatever ids it names. Staff act in all. */
function assertOwnConsultation(caller: Caller, { roles, bound }: OperationMeta, input: unknown): void {
  if (!('consultationId' in caller) || bound === 'nothing') return;
  if (bound === undefined) {
    if (roles.includes('anyone')) return;
    throw new CatalogueError('FORBIDDEN');
  }
  const named = (input as Readonly<Record<string, unknown>>)[bound];
  const consultationId = bound === 'roomName' ? consultationIdOf(String(named)) : named;
  if (consultationId !== caller.consultationId) throw new CatalogueError('FORBIDDEN');
}

/** An expected failure with its catalogue code; everything else is logged and says nothing of its inside. */
function toOperationError(error: unknown, logUnexpected: (cause: unknown) => void) {
  if (error instanceof CatalogueError) return operationError(error.code, error.details);
  const unwritable = storageFailure(error);
  if (unwritable !== undefined) {
    logUnexpected(error);
    return operationError(unwritable.code, undefined);
  }
  if (error instanceof ORPCError && error.code === 'BAD_REQUEST') {
    const issues = (error.data as { issues?: readonly { path?: unknown; message?: unknown }[] } | undefined)
      ?.issues;
    return operationError(
      'BAD_REQUEST',
      issues?.map((issue) => ({ path: issue.path, message: issue.message })),
    );
  }
  logUnexpected(error);
  return operationError('INTERNAL_ERROR', undefined);
}

function operationError(code: ErrorCode, details: unknown) {
  const { status, message } = errorCatalogue[code];
  return new ORPCError(code, { status, message, data: details });
}
