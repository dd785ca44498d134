/** Who may enter by HTTP and as whom: addresses, origins and credentials, the same for REST and for signaling. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Caller } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Admission } from '../admission/admission.ts';
import type { WatchCredential } from '../audit/credentials.ts';
import { placeOf } from '../network/addresses.ts';

/** Pages of the desktop app have this origin. */
export const desktopOrigin = 'app://autamedica';

const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const;

export interface DoorSettings {
  readonly corsOrigins: readonly string[];
  readonly apiKey: string | undefined;
  readonly trustProxy: boolean;
  readonly publicUrl: string | undefined;
  /** Where the page of a recorder comes from, which connects to the video server and nothing else. */
  readonly recorderPages?: string | undefined;
}

/** The origin that a Host header names on the network's door; undefined for a name that is not this host's there. */
export type LanOrigin = (host: string) => string | undefined;

export interface DoorHeaders {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly fetchDestination: string | undefined;
  readonly forwardedFor: string | undefined;
  /** Whether some proxy says that it handed the request on. */
  readonly viaProxy: boolean;
  /** Whether it came by the door on the network, which speaks TLS; the loopback door does not. */
  readonly encrypted: boolean;
}

/** Whose credential this is, when it has the shape of one of the staff's. @throws CatalogueError when it is not good. */
export type IdentifyStaff = (credential: string) => Promise<Caller | undefined>;

export class Door {
  readonly #settings: DoorSettings;
  readonly #admission: Admission;
  readonly #identifyStaff: IdentifyStaff;
  readonly #lanOrigin: LanOrigin;
  readonly #watchCredential: WatchCredential;
  readonly #publicHost: string | undefined;

  constructor(
    settings: DoorSettings,
    admission: Admission,
    identifyStaff: IdentifyStaff,
    lanOrigin: LanOrigin,
    watchCredential: WatchCredential,
  ) {
    this.#watchCredential = watchCredential;
    this.#lanOrigin = lanOrigin;
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
    const baseUrl = this.#baseUrl(headers);
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
      this.checkOrigin(requestHeaders(request));
      return true;
    } catch {
      return false;
    }
  }

  /** The same for the video server's signaling. */
  admitsToVideoServer(request: IncomingMessage): boolean {
    const headers = requestHeaders(request);
    const isRecorder = headers.origin !== undefined && headers.origin === this.#settings.recorderPages;
    return (isRecorder && this.#baseUrl(headers) !== undefined) || this.admits(request);
  }

  /** Whether pages of another origin may read the answers. */
  allowsOrigin(origin: string): boolean {
    return origin === desktopOrigin || this.#settings.corsOrigins.includes(origin);
  }

  /** @throws CatalogueError for a credential that is not good; none at all is `anyone`, or the clinic on its own computer. */
  async identify(authorization: string | undefined, headers: DoorHeaders): Promise<Caller> {
    if (authorization === undefined) return this.#isOpenTo(headers) ? { role: 'admin' } : { role: 'anyone' };
    return this.#watchCredential('request', () => this.#holderOf(authorization));
  }

  async #holderOf(authorization: string): Promise<Caller> {
    const credential = bearerOf(authorization);
    if (credential === undefined) throw new CatalogueError('UNAUTHENTICATED');
    if (this.#settings.apiKey !== undefined && sameText(credential, this.#settings.apiKey))
      return { role: 'admin' };
    const staff = await this.#identifyStaff(credential);
    if (staff !== undefined) return staff;
    return this.#admission.toCaller(await this.#admission.authenticate(credential));
  }

  /** Where a request comes from, as limits count it. */
  remoteAddress(socketAddress: string | undefined, { forwardedFor, encrypted }: DoorHeaders): string {
    // A proxy stands before the loopback door only.
    const believed = this.#settings.trustProxy && !encrypted;
    const forwarded = believed ? forwardedFor?.split(',').at(-1)?.trim() : undefined;
    return placeOf(
      forwarded !== undefined && isIP(forwarded) !== 0 ? forwarded : (socketAddress ?? 'unknown'),
    );
  }

  /**
   * Without a key, programs on this computer are the clinic. Behind a proxy nobody is known to be on this computer, and a
   * proxy that nobody mentioned in the settings gives itself away by the name it was reached at or by its headers.
   */
  #isOpenTo({ host, viaProxy, encrypted }: DoorHeaders): boolean {
    const { apiKey, trustProxy } = this.#settings;
    return !encrypted && apiKey === undefined && !trustProxy && !viaProxy && !this.#isPublic(host);
  }

  /** Names count the same in capitals, and a proxy may write out the port that goes without saying. */
  #isPublic(host: string | undefined): boolean {
    const { publicUrl } = this.#settings;
    if (publicUrl === undefined || host === undefined) return false;
    const named = host.toLowerCase();
    const defaultPort = publicUrl.startsWith('https:') ? ':443' : ':80';
    return named === this.#publicHost || named === `${this.#publicHost}${defaultPort}`;
  }

  #baseUrl({ host, encrypted }: DoorHeaders): string | undefined {
    if (host === undefined) return undefined;
    if (encrypted) return this.#lanOrigin(host);
    if (this.#isPublic(host)) return this.#settings.publicUrl;
    return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host)
      ? `http://${host.toLowerCase()}`
      : undefined;
  }
}

/** Somebody went here from another site, as from an invitation in their mail; that site sees nothing of the answer. */
function isFollowedLink({ fetchMode, fetchDestination }: DoorHeaders): boolean {
  return fetchMode === 'navigate' && fetchDestination === 'document';
}

/** The credential that a request shows. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

/** What the door looks at of a request. */
export function requestHeaders(request: IncomingMessage): DoorHeaders {
  return doorHeaders(request, request.socket instanceof TLSSocket);
}

/** @param encrypted whether the request came by TLS, as its socket says, never a header. */
export function doorHeaders({ headers }: Pick<IncomingMessage, 'headers'>, encrypted: boolean): DoorHeaders {
  const single = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);
  return {
    host: headers.host,
    origin: headers.origin,
    fetchSite: single(headers['sec-fetch-site']),
    fetchMode: single(headers['sec-fetch-mode']),
    fetchDestination: single(headers['sec-fetch-dest']),
    forwardedFor: single(headers['x-forwarded-for']),
    viaProxy: proxyHeaders.some((name) => headers[name] !== undefined),
    encrypted,
  };
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
