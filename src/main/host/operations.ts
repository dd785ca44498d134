/** Implements the contract: one chain for every door (who calls, role, input, own consultation, run), then the feature. */
import { implement, ORPCError } from '@orpc/server';
import type { Caller } from '../../shared/access/access.ts';
import { consultationIdOf } from '../../shared/consultation/consultation.ts';
import { contract } from '../../shared/contract/contract.ts';
import { CatalogueError, type ErrorCode, errorCatalogue } from '../../shared/contract/errors.ts';
import type { OperationMeta } from '../../shared/contract/operation.ts';
import type { Admission } from './admission/admission.ts';
import type { GuessLimit } from './admission/guess-limit.ts';
import type { Consultations } from './consultations/consultations.ts';
import type { LiveKit } from './livekit/livekit.ts';
import type { RoomReports } from './rooms/reports.ts';
import type { Health } from './runtime/health.ts';
import type { Log } from './runtime/log.ts';

/** What a door knows of a call; the caller never comes from a payload. */
export interface DoorContext {
  readonly caller: Caller;
  /** Where the caller reached this host, without a path: `http://localhost:8888`. */
  readonly baseUrl: string;
  /** For limits; the same for calls that come from the same place. */
  readonly remoteAddress: string;
}

export interface OperationParts {
  readonly admission: Admission;
  readonly consultations: Consultations;
  readonly reports: RoomReports;
  readonly livekit: LiveKit;
  readonly health: Health;
  readonly guessLimit: GuessLimit;
  readonly log: Log;
}

export function createRouter(parts: OperationParts) {
  const log = parts.log.scope('API');
  const os = implement(contract)
    .$context<DoorContext>()
    // Only the first of the middlewares below runs before the input was checked.
    .$config({ initialInputValidationIndex: 2 });

  const chain = os
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
      assertOwnConsultation(context.caller, procedure['~orpc'].meta, input);
      return next();
    });

  return chain.router({
    health: chain.health.handler(() => parts.health.report()),
    consultations: {
      create: chain.consultations.create.handler(({ input, context }) =>
        parts.consultations.create(input, context.baseUrl),
      ),
      list: chain.consultations.list.handler(({ context }) => parts.consultations.list(context.baseUrl)),
      get: chain.consultations.get.handler(({ input, context }) =>
        parts.consultations.get(input.consultationId, context.baseUrl),
      ),
      enter: chain.consultations.enter.handler(({ input, context }) =>
        parts.consultations.enter(input.consultationId, context.baseUrl),
      ),
      setTransport: chain.consultations.setTransport.handler(({ input }) =>
        parts.consultations.setTransport(input.consultationId, input.transport),
      ),
      close: chain.consultations.close.handler(({ input, context }) =>
        parts.consultations.close(input.consultationId, context.baseUrl),
      ),
    },
    invitations: {
      create: chain.invitations.create.handler(({ input, context }) =>
        parts.admission.invite(input.consultationId, input.role, context.baseUrl),
      ),
      greet: chain.invitations.greet.handler(({ input, context }) =>
        parts.guessLimit.guard(context.remoteAddress, () => parts.admission.greet(input.code)),
      ),
      redeem: chain.invitations.redeem.handler(({ input, context }) =>
        parts.guessLimit.guard(context.remoteAddress, () =>
          parts.admission.redeem(input.code, input.displayName, input.token, context.baseUrl),
        ),
      ),
    },
    waitingRoom: {
      list: chain.waitingRoom.list.handler(() => parts.admission.waiting()),
      admit: chain.waitingRoom.admit.handler(({ input }) =>
        parts.admission.admit(input.consultationId, input.identity),
      ),
      refuse: chain.waitingRoom.refuse.handler(async ({ input }) => {
        await parts.admission.refuse(input.consultationId, input.identity);
        return { identity: input.identity };
      }),
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
    livekit: { status: chain.livekit.status.handler(() => parts.livekit.status()) },
  });
}

export type HostRouter = ReturnType<typeof createRouter>;

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
