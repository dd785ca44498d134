/**
 * Participant tokens: LiveKit access tokens (HS256) that the host accepts on every door.
 * What a person may read of a token is its identity, room and grant; who they are is encrypted in `metadata` (JWE, RFC 7516).
 */
import { CompactEncrypt, compactDecrypt, errors as joseErrors, jwtVerify } from 'jose';
import { AccessToken, TrackSource } from 'livekit-server-sdk';
import * as z from 'zod';
import {
  type ParticipantGrant,
  type ParticipantRole,
  type PublishSource,
  participantRoles,
} from '../../../shared/access/access.ts';
import { roomNameOf } from '../../../shared/consultation/consultation.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';

/** Two hours, in seconds. */
export const tokenLifetimeSeconds = 2 * 60 * 60;

/** What a participant token proves. */
export interface TokenClaims {
  readonly identity: string;
  readonly consultationId: string;
  readonly role: ParticipantRole;
  readonly displayName: string;
  /** ms since the epoch; finer than the JWT's own `iat`, so that revocation is exact. */
  readonly issuedAt: number;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

const metadataSchema = z.object({
  consultationId: z.string(),
  role: z.enum(participantRoles),
  displayName: z.string(),
  issuedAt: z.number(),
});

const livekitSources: Readonly<Record<PublishSource, TrackSource>> = {
  camera: TrackSource.CAMERA,
  microphone: TrackSource.MICROPHONE,
  screen_share: TrackSource.SCREEN_SHARE,
  screen_share_audio: TrackSource.SCREEN_SHARE_AUDIO,
};

export interface TokenKeys {
  /** Issuer (`iss`), LiveKit's API key. */
  readonly key: string;
  /** HS256 secret, LiveKit's API secret. */
  readonly secret: string;
  /** base64url of 32 bytes (A256GCM). */
  readonly metadataKey: string;
}

export class ParticipantTokens {
  readonly #keys: TokenKeys;
  readonly #secret: Uint8Array;
  readonly #metadataKey: Uint8Array;
  readonly #now: () => number;

  constructor(keys: TokenKeys, now: () => number = Date.now) {
    this.#keys = keys;
    this.#secret = new TextEncoder().encode(keys.secret);
    this.#metadataKey = new Uint8Array(Buffer.from(keys.metadataKey, 'base64url'));
    this.#now = now;
  }

  /** Signs a token for one participant with the grant that LiveKit will read in it. */
  async mint(
    participant: Pick<TokenClaims, 'identity' | 'consultationId' | 'role' | 'displayName'>,
    grant: ParticipantGrant,
  ): Promise<{ token: string; expiresAt: number }> {
    const issuedAt = this.#now();
    const { identity, consultationId, role, displayName } = participant;
    const metadata = await new CompactEncrypt(
      new TextEncoder().encode(JSON.stringify({ consultationId, role, displayName, issuedAt })),
    )
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(this.#metadataKey);
    const token = new AccessToken(this.#keys.key, this.#keys.secret, {
      identity,
      metadata,
      ttl: tokenLifetimeSeconds,
    });
    token.addGrant({
      room: roomNameOf(consultationId),
      roomJoin: true,
      canSubscribe: grant.canSubscribe,
      canPublish: grant.canPublishSources.length > 0,
      canPublishSources: grant.canPublishSources.map((source) => livekitSources[source]),
      canPublishData: grant.canPublishData,
      roomRecord: grant.roomRecord,
      roomAdmin: grant.roomAdmin,
    });
    return { token: await token.toJwt(), expiresAt: issuedAt + tokenLifetimeSeconds * 1000 };
  }

  /**
   * Reads a token that this clinic signed. Says nothing about whether it was revoked since.
   * @throws CatalogueError TOKEN_EXPIRED or TOKEN_INVALID.
   */
  async verify(token: string): Promise<TokenClaims> {
    try {
      const { payload } = await jwtVerify(token, this.#secret, {
        algorithms: ['HS256'],
        issuer: this.#keys.key,
        currentDate: new Date(this.#now()),
        requiredClaims: ['sub', 'exp'],
      });
      const { plaintext } = await compactDecrypt(z.string().parse(payload.metadata), this.#metadataKey, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      const metadata = metadataSchema.parse(JSON.parse(new TextDecoder().decode(plaintext)));
      return { ...metadata, identity: z.string().parse(payload.sub), expiresAt: (payload.exp ?? 0) * 1000 };
    } catch (error) {
      throw new CatalogueError(error instanceof joseErrors.JWTExpired ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID');
    }
  }
}
