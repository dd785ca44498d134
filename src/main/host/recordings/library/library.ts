/** The recordings that are kept: who finds, opens, holds, shares and deletes them, and what the clock deletes. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Caller } from '../../../../shared/access/access.ts';
import type { AuditDetail } from '../../../../shared/contract/audit.ts';
import { CatalogueError } from '../../../../shared/contract/errors.ts';
import type {
  KeepingRule,
  KeptRecording,
  RecordingFilter,
  RecordingLink,
  RecordingRules,
  RecordingUse,
} from '../../../../shared/contract/recording-library.ts';
import type { GuessLimit } from '../../admission/guess-limit.ts';
import type { Pace } from '../../admission/pace.ts';
import { type Fact, hostItself, operationFact, toAuditCaller } from '../../audit/fact.ts';
import type { AuditTrail } from '../../audit/trail.ts';
import type { Log } from '../../runtime/log.ts';
import { ContentTickets, type Holder } from './content-tickets.ts';
import { Contents, faultOf, type OpenedContent } from './contents.ts';
import type { RecordingCopies } from './copies.ts';
import { deletesAt, type LibraryStore, type Refusal, type StoredKept } from './library-store.ts';
import type { RecordingLinks, StoredLink } from './links.ts';

/** The clock looks for what is to be deleted this often, ms. */
const sweepEveryMs = 60 * 60_000;
const defaultLimit = 50;

export interface LibraryParts {
  readonly store: LibraryStore;
  readonly links: RecordingLinks;
  readonly copies: RecordingCopies;
  /** Overwrites the key in the copy on this disk, and deletes that. */
  shred(egressId: string): Promise<void>;
  /** The clinic's private key; undefined on a host that can only write. */
  readonly identity: string | undefined;
  /** Days that recordings are kept; undefined: for good. */
  /** Where LiveKit Egress writes in clear; undefined: it does not record. */
  readonly egress: RecordingRules['egress'];
  readonly retentionDays: number | undefined;
  readonly trail: Pick<AuditTrail, 'during' | 'note' | 'about'>;
  readonly log: Log;
  now(): number;
  clinicName(): string;
  /** Tries of links, by address. */
  readonly guessLimit: GuessLimit;
  readonly pace: Pace;
  /** Whether a caller of a moment ago is still known here: a computer may have been revoked. */
  isStillKnown(caller: Caller): Promise<boolean>;
}

export interface LibraryQuery {
  readonly search?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly patientId?: string | undefined;
  readonly consultationId?: string | undefined;
  readonly egressId?: string | undefined;
  readonly filter?: RecordingFilter | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Where the content of a recording is, under the host's address. */
export function contentPathOf(egressId: string, ticket: string): string {
  return `/api/recordings/${encodeURIComponent(egressId)}/content?ticket=${ticket}`;
}

export class Library {
  readonly #parts: LibraryParts;
  readonly #tickets: ContentTickets;
  readonly #contents: Contents;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  /** Deletions that are being carried out, by egressId. */
  readonly #finishing = new Map<string, Promise<void>>();

  constructor(parts: LibraryParts) {
    this.#parts = parts;
    this.#tickets = new ContentTickets(() => parts.now());
    this.#contents = new Contents(parts);
  }

  /** Looks for what is to be deleted, now and every hour. */
  async start(): Promise<void> {
    await this.sweep();
    this.#timer = setInterval(() => void this.sweep(), sweepEveryMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }

  async find(query: LibraryQuery) {
    const limit = query.limit ?? defaultLimit;
    const [found, total] = await Promise.all([
      this.#parts.store.find({
        ...query,
        // Whoever names one wants it, gone or not.
        filter: query.filter ?? (query.egressId === undefined ? 'kept' : undefined),
        from: inUtc(query.from),
        to: inUtc(query.to),
        after: query.cursor === undefined ? undefined : placeFrom(query.cursor),
        limit: limit + 1,
      }),
      this.#parts.store.total(),
    ]);
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      recordings: await Promise.all(shown.map((kept) => this.#toContract(kept))),
      ...(found.length > limit && last !== undefined ? { nextCursor: toCursor(last) } : {}),
      total,
    };
  }

  /** @throws CatalogueError RECORDING_NOT_FOUND */
  async get(egressId: string): Promise<KeptRecording> {
    return this.#toContract(await this.#known(egressId));
  }

  rules(): Promise<RecordingRules> {
    return this.#parts.links.allowed().then((sharing) => ({
      sharing,
      ...(this.#parts.retentionDays === undefined ? {} : { retentionDays: this.#parts.retentionDays }),
      readable: this.#contents.readable,
      ...(this.#parts.egress === undefined ? {} : { egress: this.#parts.egress }),
    }));
  }

  async setSharing(sharing: boolean): Promise<RecordingRules> {
    await this.#parts.links.allow(sharing);
    return this.rules();
  }

  async hold(caller: Caller, egressId: string, reason: string): Promise<KeptRecording> {
    await this.#known(egressId);
    const held = decided(await this.#parts.store.hold(egressId, { caller: toAuditCaller(caller), reason }));
    await this.#parts.copies.hold(egressId, true);
    return this.#toContract(held);
  }

  async release(caller: Caller, egressId: string, reason: string): Promise<KeptRecording> {
    await this.#known(egressId);
    const decider = { caller: toAuditCaller(caller), reason };
    const released = decided(await this.#parts.store.release(egressId, decider));
    await this.#parts.copies.hold(egressId, false);
    return this.#toContract(released);
  }

  async keep(caller: Caller, egressId: string, keeping: KeepingRule): Promise<KeptRecording> {
    await this.#known(egressId);
    const decider = { caller: toAuditCaller(caller) };
    return this.#toContract(decided(await this.#parts.store.keep(egressId, keeping, decider)));
  }

  /** Done when its content opens with no key any more. */
  async remove(caller: Caller, egressId: string, reason: string): Promise<KeptRecording> {
    await this.#known(egressId);
    const deletion = { as: 'asked', caller: toAuditCaller(caller), reason } as const;
    const gone = decided(await this.#parts.store.decideDeletion(egressId, deletion));
    await this.#finishDeletion(egressId);
    return this.#toContract(gone);
  }

  /**
   * Deletes what has been kept long enough and is not held, and what was decided before and could not be deleted yet, because of a
   * crash or of a disk that refused. One after the other; one that cannot be deleted keeps neither the others nor the host from working.
   */
  sweep(): Promise<void> {
    this.#sweeping = this.#sweeping
      .then(() => this.#sweep())
      .catch((error: unknown) =>
        this.#parts.log
          .scope('Recordings')
          .error('Recordings whose time is over could not be deleted', error),
      );
    return this.#sweeping;
  }

  /** The whole content is read and compared. */
  async check(egressId: string) {
    const recording = await this.#finished(egressId);
    const hash = createHash('sha256');
    const { sizeBytes, fault } = await this.#contents.check(recording, hash);
    const sha256 = hash.digest('hex');
    const sound = fault === undefined && (recording.sha256 === undefined || recording.sha256 === sha256);
    return {
      sound,
      sizeBytes,
      sha256,
      ...(sound ? {} : { fault: fault === undefined ? { problem: 'damaged' } : faultOf(fault) }),
    };
  }

  /** @throws CatalogueError of what stands in the way of opening it. */
  async ticket(caller: Caller, egressId: string, use: RecordingUse, baseUrl: string) {
    await this.#finished(egressId);
    if (use !== 'encrypted' && !this.#contents.readable) throw new CatalogueError('RECORDING_KEY_ABSENT');
    // A player would only say that it cannot play.
    await this.#parts.copies.bytes(egressId);
    const { ticket, expiresAt } = this.#tickets.issue({ caller }, { egressId, use });
    return { url: baseUrl + contentPathOf(egressId, ticket), expiresAt };
  }

  /** A ticket for everything of a consultation. */
  packTicket(caller: Caller, consultationId: string, baseUrl: string) {
    const { ticket, expiresAt } = this.#tickets.issue({ caller }, { consultationId, use: 'pack' });
    const path = `/api/consultations/${encodeURIComponent(consultationId)}/pack?ticket=${ticket}`;
    return { url: baseUrl + path, expiresAt };
  }

  /** @returns who may have the pack of this consultation by this ticket. @throws CatalogueError TICKET_INVALID */
  async packHolder(ticket: string, consultationId: string): Promise<Caller> {
    const { holder, subject } = this.#tickets.find(ticket);
    if (subject.use !== 'pack' || subject.consultationId !== consultationId || !('caller' in holder))
      throw new CatalogueError('TICKET_INVALID');
    if (!(await this.#parts.isStillKnown(holder.caller))) throw new CatalogueError('TICKET_INVALID');
    return holder.caller;
  }

  /** Opens a content for a caller of the staff. @throws CatalogueError for everybody else. */
  async open(caller: Caller, egressId: string, use: RecordingUse): Promise<OpenedContent> {
    if (caller.role === 'anyone') throw new CatalogueError('UNAUTHENTICATED');
    if (caller.role !== 'admin' && caller.role !== 'clinician') throw new CatalogueError('FORBIDDEN');
    return this.#open({ caller }, egressId, use);
  }

  /** Opens a content by its ticket, with the rights that its holder has now. @throws CatalogueError TICKET_INVALID, or as `open` */
  async openByTicket(ticket: string, egressId: string): Promise<OpenedContent> {
    const { holder, subject } = this.#tickets.find(ticket);
    if (subject.use === 'pack' || subject.egressId !== egressId) throw new CatalogueError('TICKET_INVALID');
    return this.#open(holder, egressId, subject.use);
  }

  /** What the pack of a consultation takes from here: its recordings, what was decided about each, and their contents. */
  async forPack(consultationId: string) {
    const { store } = this.#parts;
    const recordings = await store.find({ consultationId, limit: 1_000 });
    return {
      recordings: await Promise.all(recordings.map((kept) => this.#toContract(kept))),
      decisions: ({ egressId }: KeptRecording) => store.decisions(egressId),
      check: ({ egressId }: KeptRecording) => this.check(egressId),
      open: (recording: KeptRecording, encrypted: boolean) =>
        this.#contents.open(
          recording,
          encrypted || !this.#contents.readable ? 'encrypted' : 'export',
          async () => {},
        ),
    };
  }

  async share(egressId: string, hours: number, baseUrl: string): Promise<RecordingLink & { url: string }> {
    await this.#finished(egressId);
    if (!this.#contents.readable) throw new CatalogueError('RECORDING_KEY_ABSENT');
    if (!(await this.#parts.links.allowed())) throw new CatalogueError('RECORDING_SHARING_OFF');
    await this.#parts.copies.bytes(egressId);
    const { link, token } = await this.#parts.links.create(egressId, hours);
    // After the sign that browsers keep to themselves.
    return { ...toContractLink(link), url: `${baseUrl}/recording#${token}` };
  }

  async links(egressId: string): Promise<RecordingLink[]> {
    await this.#known(egressId);
    return (await this.#parts.links.list(egressId)).map(toContractLink);
  }

  async unshare(egressId: string, linkId: string): Promise<RecordingLink> {
    await this.#known(egressId);
    const link = await this.#parts.links.revoke(egressId, linkId);
    if (link === undefined) throw new CatalogueError('RECORDING_LINK_NOT_FOUND');
    return toContractLink(link);
  }

  /** Opens a link: counted, and recorded with the recording it is for. */
  openLink(token: string, baseUrl: string, remoteAddress: string) {
    return this.#parts.guessLimit.guard(remoteAddress, async () => {
      const link = await this.#parts.links.of(token);
      if (link === undefined) throw new CatalogueError('RECORDING_LINK_NOT_FOUND');
      this.#parts.pace.keep(link.linkId);
      const recording = await this.#shared(link);
      const { egressId, consultationId } = recording;
      this.#parts.trail.about({ consultationId, target: egressId });
      await this.#parts.copies.bytes(egressId);
      await this.#parts.links.countOpening(link.linkId);
      const { ticket, expiresAt } = this.#tickets.issue({ linkId: link.linkId }, { egressId, use: 'play' });
      return {
        url: baseUrl + contentPathOf(egressId, ticket),
        expiresAt: expiresAt < link.expiresAt ? expiresAt : link.expiresAt,
        clinicName: this.#parts.clinicName(),
        startedAt: recording.startedAt,
        durationMs: recording.durationMs,
        linkExpiresAt: link.expiresAt,
      };
    });
  }

  async #open(holder: Holder, egressId: string, use: RecordingUse): Promise<OpenedContent> {
    const mayStill = async () => {
      await this.#finished(egressId);
      await this.#assertStill(holder);
    };
    const fact =
      'linkId' in holder
        ? undefined
        : operationFact(
            holder.caller,
            { audit: use === 'play' ? 'recording.opened' : 'recording.exported', target: 'egressId' },
            { egressId },
          );
    const open = async () => {
      await this.#assertStill(holder);
      return this.#contents.open(await this.#finished(egressId), use, mayStill);
    };
    // A player asks again and again; of a link, opening it was recorded.
    return fact === undefined
      ? open()
      : this.#parts.trail.during(fact, use === 'play' ? 'hourly' : 'each', open);
  }

  /** @throws CatalogueError TICKET_INVALID, or that the link is over. */
  async #assertStill(holder: Holder): Promise<void> {
    if ('linkId' in holder) {
      const link = await this.#parts.links.find(holder.linkId);
      if (link === undefined) throw new CatalogueError('TICKET_INVALID');
      await this.#shared(link);
    } else if (!(await this.#parts.isStillKnown(holder.caller))) throw new CatalogueError('TICKET_INVALID');
  }

  /** The recording of a link that still opens it. */
  async #shared(link: StoredLink): Promise<StoredKept> {
    const { links, store } = this.#parts;
    const recording = await store.get(link.egressId);
    if (!links.opens(link) || recording === undefined || recording.deleted || !(await links.allowed()))
      throw new CatalogueError('RECORDING_LINK_OVER');
    return recording;
  }

  async #sweep(): Promise<void> {
    const { store, retentionDays, trail } = this.#parts;
    for (const egressId of await store.due(retentionDays)) {
      const recording = await store.get(egressId);
      if (recording === undefined) continue;
      const fact = hostFact('recording.expired', recording);
      const deletion = { as: 'retention', retentionDays, caller: hostItself } as const;
      await trail
        .during(fact, 'each', async () => decided(await store.decideDeletion(egressId, deletion)))
        // Somebody held it, or keeps it longer, since a moment ago: that wins.
        .catch((error: unknown) => {
          if (error instanceof CatalogueError) return undefined;
          throw error;
        });
    }
    for (const egressId of await store.unfinishedDeletions()) await this.#tryToFinishDeletion(egressId);
  }

  async #tryToFinishDeletion(egressId: string): Promise<void> {
    await this.#finishDeletion(egressId).catch((error: unknown) =>
      this.#parts.log
        .scope('Recordings')
        .error(`Recording ${egressId} could not be deleted yet; it is tried again in an hour`, error),
    );
  }

  /** Carries out what was decided; after a crash, again. Whoever asks while it is being done waits for the same. */
  #finishDeletion(egressId: string): Promise<void> {
    const underway =
      this.#finishing.get(egressId) ??
      this.#carryOutDeletion(egressId).finally(() => this.#finishing.delete(egressId));
    this.#finishing.set(egressId, underway);
    return underway;
  }

  async #carryOutDeletion(egressId: string): Promise<void> {
    const { store, copies, trail } = this.#parts;
    const recording = await store.get(egressId);
    if (recording?.deleted === undefined) return;
    await this.#parts.shred(egressId);
    await copies.hold(egressId, false);
    await copies.remove(egressId);
    const { sha256 } = recording;
    const was = sha256 === undefined ? undefined : (`sha256:${sha256}` as const);
    await trail.during(hostFact('recording.shredded', recording, was), 'each', () =>
      store.finishDeletion(egressId),
    );
    this.#parts.log.scope('Recordings').info(`Recording ${egressId} was deleted (${recording.deleted.as})`);
  }

  /** Also tells the audit log whose recording it is. */
  async #known(egressId: string): Promise<StoredKept> {
    const recording = await this.#parts.store.get(egressId);
    if (recording === undefined) throw new CatalogueError('RECORDING_NOT_FOUND');
    this.#parts.trail.about({ consultationId: recording.consultationId });
    return recording;
  }

  /** A recording whose content is there to be opened. */
  async #finished(egressId: string): Promise<StoredKept> {
    const recording = await this.#known(egressId);
    if (recording.deleted) throw new CatalogueError('RECORDING_DELETED', recording.deleted);
    if (recording.sizeBytes === undefined) throw new CatalogueError('RECORDING_NOT_FINISHED');
    return recording;
  }

  async #toContract({ inBucket, ...kept }: StoredKept): Promise<KeptRecording> {
    const at = kept.deleted || kept.hold ? undefined : deletesAt(kept, this.#parts.retentionDays);
    // Of one that is being made, what there is of it is here.
    const isOne = kept.sizeBytes !== undefined && !kept.deleted;
    return {
      ...kept,
      copies: isOne ? await this.#parts.copies.copiesOf(kept.egressId, inBucket) : 'here',
      ...(at === undefined ? {} : { deletesAt: at }),
    };
  }
}

/** @throws CatalogueError of what stood in the way. */
function decided(decision: StoredKept | Refusal): StoredKept {
  switch (decision) {
    case 'unknown':
      throw new CatalogueError('RECORDING_NOT_FOUND');
    case 'deleted':
      throw new CatalogueError('RECORDING_DELETED');
    case 'held':
    case 'not-due':
      throw new CatalogueError('RECORDING_HELD');
    case 'not-finished':
      throw new CatalogueError('RECORDING_NOT_FINISHED');
    default:
      return decision;
  }
}

function hostFact(event: string, { consultationId, egressId }: StoredKept, detail?: AuditDetail): Fact {
  return {
    event,
    caller: hostItself,
    consultationId,
    target: egressId,
    ...(detail === undefined ? {} : { detail }),
    outcome: 'ok',
  };
}

function toContractLink({ egressId: _, ...link }: StoredLink): RecordingLink {
  return link;
}

function inUtc(time: string | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}

const placeSchema = z.tuple([z.iso.datetime(), z.string()]);

function toCursor({ startedAt, egressId }: StoredKept): string {
  return Buffer.from(JSON.stringify([startedAt, egressId])).toString('base64url');
}

/** @throws CatalogueError BAD_REQUEST for what is not one of `toCursor`. */
function placeFrom(cursor: string) {
  let place: z.ZodSafeParseResult<[string, string]> | undefined;
  try {
    place = placeSchema.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    // Not even JSON.
  }
  if (!place?.success) {
    throw new CatalogueError('BAD_REQUEST', [
      { path: ['cursor'], message: 'Use the nextCursor of the page before, unchanged.' },
    ]);
  }
  const [startedAt, egressId] = place.data;
  return { startedAt, egressId };
}
