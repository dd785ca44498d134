/** Who may enter by HTTP and as whom: addresses, origins and credentials, the same for REST and for signaling. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Caller } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Admission } from '../admission/admission.ts';

/** Pages of the desktop app have this origin. */
export const desktopOrigin = 'app://autamedica';

const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const;

export interface DoorSettings {
  readonly corsOrigins: readonly string[];
  readonly apiKey: string | undefined;
  readonly trustProxy: boolean;
  readonly publicUrl: string | undefined;
}

export interface DoorHeaders {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly fetchDestination: string | undefined;
  readonly forwardedFor: string | undefined;
  /** Whether some proxy says that it handed the request on. */
  readonly viaProxy: boolean;
}

/** Whose credential this is, when it has the shape of one of the staff's. @throws CatalogueError when it is not good. */
export type IdentifyStaff = (credential: string) => Promise<Caller | undefined>;

export class Door {
  readonly #settings: DoorSettings;
  readonly #admission: Admission;
  readonly #identifyStaff: IdentifyStaff;
  readonly #publicHost: string | undefined;

  constructor(settings: DoorSettings, admission: Admission, identifyStaff: IdentifyStaff) {
    this.#settings = settings;
    this.#admission = admission;
    this.#identifyStaff = identifyStaff;
    this.#publicHost = settings.publicUrl === undefined ? undefined : new URL(settings.publicUrl).host;
  }

  /**
   * Refuses pages of other sites and names that were rebound to this computer.
   * @returns where the caller reached this host.
   * @throws CatalogueError FOREIGN_ORIGIN
   */
  checkOrigin(headers: DoorHeaders): string {
    const { host, origin } = headers;
    const baseUrl = this.#baseUrl(host);
    if (baseUrl === undefined) throw new CatalogueError('FOREIGN_ORIGIN', { host });
    if (origin === undefined) {
      // A browser that leaves Origin out of a cross-site request still says that it is one.
      if (headers.fetchSite === 'cross-site' && !isFollowedLink(headers))
        throw new CatalogueError('FOREIGN_ORIGIN');
      return baseUrl;
    }
    if (origin !== baseUrl && !this.allowsOrigin(origin))
      throw new CatalogueError('FOREIGN_ORIGIN', { origin });
    return baseUrl;
  }

  /** The same as a question, for upgrades. */
  admits(request: IncomingMessage): boolean {
    try {
      this.checkOrigin(doorHeaders(request));
      return true;
    } catch {
      return false;
    }
  }

  /** Whether pages of another origin may read the answers. */
  allowsOrigin(origin: string): boolean {
    return origin === desktopOrigin || this.#settings.corsOrigins.includes(origin);
  }

  /** @throws CatalogueError for a credential that is not good; none at all is `anyone`, or the clinic on its own computer. */
  async identify(authorization: string | undefined, headers: DoorHeaders): Promise<Caller> {
    if (authorization === undefined) return this.#isOpenTo(headers) ? { role: 'admin' } : { role: 'anyone' };
    const credential = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (credential === undefined) throw new CatalogueError('UNAUTHENTICATED');
    if (this.#settings.apiKey !== undefined && sameText(credential, this.#settings.apiKey))
      return { role: 'admin' };
    const staff = await this.#identifyStaff(credential);
    if (staff !== undefined) return staff;
    return this.#admission.toCaller(await this.#admission.authenticate(credential));
  }

  /** The address limits count by. */
  remoteAddress(socketAddress: string | undefined, forwardedFor: string | undefined): string {
    const forwarded = this.#settings.trustProxy ? forwardedFor?.split(',').at(-1)?.trim() : undefined;
    return forwarded !== undefined && isIP(forwarded) !== 0 ? forwarded : (socketAddress ?? 'unknown');
  }

  /**
   * Without a key, programs on this computer are the clinic. Behind a proxy nobody is known to be on this computer, and a
   * proxy that nobody mentioned in the settings gives itself away by the name it was reached at or by its headers.
   */
  #isOpenTo({ host, viaProxy }: DoorHeaders): boolean {
    const { apiKey, trustProxy } = this.#settings;
    return apiKey === undefined && !trustProxy && !viaProxy && host !== this.#publicHost;
  }

  #baseUrl(host: string | undefined): string | undefined {
    if (host === undefined) return undefined;
    if (this.#publicHost !== undefined && host === this.#publicHost) return this.#settings.publicUrl;
    return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host)
      ? `http://${host.toLowerCase()}`
      : undefined;
  }
}

/** Somebody went here from another site, as from an invitation in their mail; that site sees nothing of the answer. */
function isFollowedLink({ fetchMode, fetchDestination }: DoorHeaders): boolean {
  return fetchMode === 'navigate' && fetchDestination === 'document';
}

export function doorHeaders(request: Pick<IncomingMessage, 'headers'>): DoorHeaders {
  const single = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);
  return {
    host: request.headers.host,
    origin: request.headers.origin,
    fetchSite: single(request.headers['sec-fetch-site']),
    fetchMode: single(request.headers['sec-fetch-mode']),
    fetchDestination: single(request.headers['sec-fetch-dest']),
    forwardedFor: single(request.headers['x-forwarded-for']),
    viaProxy: proxyHeaders.some((name) => request.headers[name] !== undefined),
  };
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
