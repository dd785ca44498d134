/** The two kinds of token behind the door: the internal one LiveKit is shown, and the one a client comes back with. */
import { hkdfSync } from 'node:crypto';
import { errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import { AccessToken } from 'livekit-server-sdk';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { videoGrantFor } from './grant.ts';
import type { RtcAdmission } from './livekit.ts';
import { type ApiKey, egressKey } from './server-config.ts';

/** Only long enough to connect: the token never leaves this machine and is made anew for each connection, in seconds. */
const internalTokenSeconds = 60;
/** A participant token lives as long; whether its holder may still enter is asked again each time, in seconds. */
const returnTokenSeconds = 2 * 60 * 60;
const returnIssuer = 'autamedica-rtc-return';

export interface Place {
  readonly roomName: string;
  readonly identity: string;
}

/** Who comes back, and on the strength of which participant token: removing somebody ends that one and what came of it. */
export interface Return extends Place {
  /** When that participant token was issued, ms since the epoch. */
  readonly issuedAt: number;
  /** It is LiveKit Egress that comes back. */
  readonly recorder?: boolean;
}

export class RtcTokens {
  readonly #internal: ApiKey;
  readonly #returnKey: Uint8Array;
  readonly #egressKey: ApiKey;

  constructor(internal: ApiKey) {
    this.#internal = internal;
    this.#egressKey = egressKey(internal);
    // Derived, so that a client can come back to a host that was started again.
    this.#returnKey = new Uint8Array(hkdfSync('sha256', internal.secret, '', returnIssuer, 32));
  }

  /** What LiveKit is shown. It carries no name and no metadata: the video server knows an identity and a room. */
  internal(admission: RtcAdmission): Promise<string> {
    const token = new AccessToken(this.#internal.key, this.#internal.secret, {
      identity: admission.identity,
      ttl: internalTokenSeconds,
    });
    token.addGrant(videoGrantFor(admission.roomName, admission.role, admission.admitted));
    return token.toJwt();
  }

  /**
   * What a client is given where LiveKit would send it a refreshed token. LiveKit itself refuses it, so it opens nothing but
   * our door, and there it says only who asks.
   */
  forReturn({ roomName, identity, issuedAt, recorder }: Return): Promise<string> {
    return new SignJWT({ room: roomName, issuedAt, ...(recorder ? { recorder } : {}) })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(returnIssuer)
      .setSubject(identity)
      .setExpirationTime(`${returnTokenSeconds}s`)
      .sign(this.#returnKey);
  }

  /**
   * @returns whose return token it is; undefined when it is not a return token of this clinic.
   * @throws CatalogueError TOKEN_EXPIRED
   */
  async readReturn(token: string): Promise<Return | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#returnKey, {
        issuer: returnIssuer,
        algorithms: ['HS256'],
      });
      const { sub, room, issuedAt, recorder } = payload;
      if (typeof sub !== 'string' || typeof room !== 'string' || typeof issuedAt !== 'number')
        return undefined;
      return { identity: sub, roomName: room, issuedAt, ...(recorder === true ? { recorder } : {}) };
    } catch (cause) {
      if (cause instanceof joseErrors.JWTExpired) throw new CatalogueError('TOKEN_EXPIRED');
      return undefined;
    }
  }

  /** @returns where LiveKit Egress wants to be, by a token of its own; undefined when it is not one. */
  async readRecorder(token: string): Promise<Place | undefined> {
    try {
      const { payload } = await jwtVerify(token, Buffer.from(this.#egressKey.secret), {
        issuer: this.#egressKey.key,
        algorithms: ['HS256'],
      });
      const { sub, video } = payload as { sub?: unknown; video?: { room?: unknown } };
      if (typeof sub !== 'string' || typeof video?.room !== 'string') return undefined;
      return { identity: sub, roomName: video.room };
    } catch {
      return undefined;
    }
  }
}
