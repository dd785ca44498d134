/**
 * Participant tokens: LiveKit access tokens (HS256) that the host accepts on every door.
 * What a person may read of a token is its identity, room and grant; role and name are encrypted in `metadata` (JWE, RFC 7516)
 * and never read from there: the host asks its own records, where a role cannot be out of date.
 */
import { createSecretKey, type KeyObject, type webcrypto } from 'node:crypto';
import { CompactEncrypt, decodeJwt, errors as joseErrors, jwtVerify } from 'jose';
import { AccessToken } from 'livekit-server-sdk';
import * as z from 'zod';
import type { ParticipantRole } from '../../../shared/access/access.ts';
import { consultationIdOf, roomNameOf } from '../../../shared/consultation/consultation.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { videoGrantFor } from '../livekit/grant.ts';
import { hashOf } from '../staff/credentials.ts';

/** Two hours, in seconds. */
export const tokenLifetimeSeconds = 2 * 60 * 60;

/** What a participant token proves. */
export interface TokenClaims {
  readonly identity: string;
  readonly consultationId: string;
  /** ms since the epoch; finer than the JWT's own `iat`, so that revocation is exact. */
  readonly issuedAt: number;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** Who a token is for; role and name go into the encrypted metadata. */
export interface TokenHolder {
  readonly identity: string;
  readonly consultationId: string;
  readonly role: ParticipantRole;
  readonly displayName: string;
}

const payloadSchema = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  video: z.object({ room: z.string() }),
  attributes: z.object({ issuedAt: z.coerce.number() }),
});

export interface TokenKeys {
  /** Issuer (`iss`), LiveKit's API key. */
  readonly key: string;
  /** HS256 secret, LiveKit's API secret. */
  readonly secret: string;
  /** base64url of 32 bytes (A256GCM). */
  readonly metadataKey: string;
}

/** Tokens whose signature is known to be good; a token is shown at several doors, most soon after it was made. */
const keptTokens = 8_192;

export class ParticipantTokens {
  /** By the SHA-256 of the token, so that no credential lies in memory for it. */
  readonly #known = new Map<string, TokenClaims>();
  readonly #keys: TokenKeys;
  /** Made ready once: a key that has to be imported each time costs more than the comparison. */
  readonly #secret: Promise<webcrypto.CryptoKey>;
  readonly #metadataKey: KeyObject;
  readonly #now: () => number;

  constructor(keys: TokenKeys, now: () => number = Date.now) {
    this.#keys = keys;
    this.#secret = crypto.subtle.importKey(
      'raw',
      new TextEncoder().encode(keys.secret),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    );
    this.#metadataKey = createSecretKey(keys.metadataKey, 'base64url');
    this.#now = now;
  }

  /** Signs a token for one participant with the grant of their role, which an external LiveKit reads in it. */
  async mint(participant: TokenHolder): Promise<{ token: string; expiresAt: number }> {
    const issuedAt = this.#now();
    const { identity, consultationId, role, displayName } = participant;
    const metadata = await new CompactEncrypt(
      new TextEncoder().encode(JSON.stringify({ consultationId, role, displayName })),
    )
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(this.#metadataKey);
    const token = new AccessToken(this.#keys.key, this.#keys.secret, {
      identity,
      metadata,
      attributes: { issuedAt: String(issuedAt) },
      ttl: tokenLifetimeSeconds,
    });
    token.addGrant(videoGrantFor(roomNameOf(consultationId), role, true));
    const jwt = await token.toJwt();
    this.#know(hashOf(jwt), claimsOf(decodeJwt(jwt)));
    return { token: jwt, expiresAt: issuedAt + tokenLifetimeSeconds * 1000 };
  }

  /**
   * Reads a token that this clinic signed. Says nothing about whether it was revoked since.
   * @throws CatalogueError TOKEN_EXPIRED or TOKEN_INVALID.
   */
  async verify(token: string): Promise<TokenClaims> {
    const hash = hashOf(token);
    const known = this.#known.get(hash);
    if (known !== undefined && known.expiresAt > this.#now()) return known;
    try {
      const { payload } = await jwtVerify(token, await this.#secret, {
        algorithms: ['HS256'],
        issuer: this.#keys.key,
        currentDate: new Date(this.#now()),
      });
      const claims = claimsOf(payload);
      this.#know(hash, claims);
      return claims;
    } catch (error) {
      throw new CatalogueError(error instanceof joseErrors.JWTExpired ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID');
    }
  }

  #know(hash: string, claims: TokenClaims): void {
    const oldest = this.#known.keys().next();
    if (this.#known.size >= keptTokens && !oldest.done) this.#known.delete(oldest.value);
    this.#known.set(hash, claims);
  }
}

/** @throws when it is a token of something else. */
function claimsOf(payload: unknown): TokenClaims {
  const { sub, exp, video, attributes } = payloadSchema.parse(payload);
  const consultationId = consultationIdOf(video.room);
  if (consultationId === undefined) throw new CatalogueError('TOKEN_INVALID');
  return { identity: sub, consultationId, issuedAt: attributes.issuedAt, expiresAt: exp * 1000 };
}
