/** The typed client of the host's contract, over HTTP for browsers and over a message port for the app's windows. */

import minifiedContract from 'virtual:autamedica-contract';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { AnyContractRouter, ContractRouterClient } from '@orpc/contract';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import type { Contract } from '../../shared/contract/contract.ts';
import type { DesktopContract } from '../../shared/contract/desktop.ts';
import { CatalogueError, type ErrorCode, errorCatalogue } from '../../shared/contract/errors.ts';

/**
 * Every operation of the contract as a function, e.g. `client.invitations.greet({ code })`.
 * Each rejects with CatalogueError when the host refuses and with HostUnreachable when it cannot be asked.
 */
export type HostClient = ContractRouterClient<Contract>;

/** The host did not answer: not running, not reachable, or the answer was not the host's. */
export class HostUnreachable extends Error {
  constructor(cause?: unknown) {
    super('The host cannot be reached.', { cause });
    this.name = 'HostUnreachable';
  }
}

interface HttpHostOptions {
  /** Where the host is, without a path: `https://192.168.1.20:8443`. */
  readonly baseUrl: string;
  /** API key, device credential or participant token. */
  readonly token?: string | undefined;
  /** Told of every answer that the caller is nobody here. */
  readonly onUnknown?: (error: CatalogueError) => void;
  /** For tests. */
  readonly fetch?: typeof fetch;
}

/** For pages served by the host and for clients of a host elsewhere. */
export function createHttpHostClient(options: HttpHostOptions): HostClient {
  const request = options.fetch ?? fetch;
  const link = new OpenAPILink(minifiedContract as AnyContractRouter, {
    url: options.baseUrl,
    headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
    // The host sends nobody elsewhere; a credential must not follow if something in between does.
    fetch: async (input, init) => {
      const response = await request(input, { ...init, redirect: 'error' });
      return response.status === 503 ? healthReport(response) : response;
    },
    interceptors: [(call) => tellUnknown(call, options.onUnknown), toCatalogueErrors, unwrapEnvelope],
    customErrorResponseBodyDecoder: (body, response) => {
      const error = isRecord(body) && isRecord(body.error) ? body.error : {};
      const code = typeof error.code === 'string' ? error.code : '';
      return new ORPCError(code, { status: response.status, data: error.details });
    },
  });
  return createORPCClient(link);
}

/** For the windows of the desktop app: the port leads to the host inside it. */
export function createPortHostClient(port: MessagePort): HostClient {
  const link = new RPCLink({ port, interceptors: [toCatalogueErrors] });
  port.start();
  return createORPCClient(link);
}

/** The desktop shell's own operations. Each rejects with ORPCError, whose `code` the desktop contract names. */
export type DesktopClient = ContractRouterClient<DesktopContract>;

export function createPortDesktopClient(port: MessagePort): DesktopClient {
  const link = new RPCLink({ port });
  port.start();
  return createORPCClient(link);
}

/** A host that is there and says which of its parts are not: an answer, also with its status 503. */
async function healthReport(response: Response): Promise<Response> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const isReport = isRecord(body) && body.status === 'degraded';
  return isReport ? new Response(response.body, { headers: response.headers }) : response;
}

/** `{success: true, data}` is the data; operations declared `bare` (health) answer without it. */
async function unwrapEnvelope({ next }: { next: () => Promise<unknown> }): Promise<unknown> {
  const body = await next();
  return isRecord(body) && body.success === true && 'data' in body ? body.data : body;
}

async function tellUnknown(
  { next }: { next: () => Promise<unknown> },
  onUnknown: HttpHostOptions['onUnknown'],
): Promise<unknown> {
  try {
    return await next();
  } catch (error) {
    if (error instanceof CatalogueError && error.status === 401) onUnknown?.(error);
    throw error;
  }
}

async function toCatalogueErrors({ next }: { next: () => Promise<unknown> }): Promise<unknown> {
  try {
    return await next();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    if (error instanceof ORPCError && isErrorCode(error.code))
      throw new CatalogueError(error.code, error.data);
    throw new HostUnreachable(error);
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
