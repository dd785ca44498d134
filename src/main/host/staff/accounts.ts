/** Staff who sign in with Supabase Auth, where it is set up: their access tokens are verified here, and their role read. */
import { createSecretKey } from 'node:crypto';
import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import * as z from 'zod';
import { type Caller, staffRoles } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';

export interface SupabaseAuth {
  /** The project's address, without a path. */
  readonly url: string;
  /** The project's shared secret; without one its public keys are fetched, and fetched again when they change. */
  readonly jwtSecret: string | undefined;
}

const accountSchema = z.object({
  sub: z.string().min(1).max(200),
  email: z.string().max(320).optional(),
  /** Only the service key writes here. `user_metadata` is the account's own to change and proves nothing. */
  app_metadata: z.object({ autamedica_role: z.enum(staffRoles) }),
});

/** How long the project's keys are waited for, and believed. ms */
const keysWithinMs = 5_000;
const keysBelievedMs = 10 * 60_000;
/** A key that is not known makes the keys be fetched anew, this often at most. */
const keysEveryMs = 30_000;

export class StaffAccounts {
  readonly #issuer: string;
  readonly #verify: (token: string) => Promise<{ payload: JWTPayload }>;

  constructor({ url, jwtSecret }: SupabaseAuth, keysEvery = keysEveryMs) {
    this.#issuer = `${url}/auth/v1`;
    const expected: JWTVerifyOptions = {
      issuer: this.#issuer,
      audience: 'authenticated',
      requiredClaims: ['exp', 'sub'],
    };
    // Each kind of key with its own algorithms, so that a public key is never taken for a secret.
    if (jwtSecret === undefined) {
      const keys = createRemoteJWKSet(new URL(`${this.#issuer}/.well-known/jwks.json`), {
        timeoutDuration: keysWithinMs,
        cacheMaxAge: keysBelievedMs,
        cooldownDuration: keysEvery,
      });
      this.#verify = (token) => jwtVerify(token, keys, { ...expected, algorithms: ['ES256', 'RS256'] });
    } else {
      const secret = createSecretKey(jwtSecret, 'utf8');
      this.#verify = (token) => jwtVerify(token, secret, { ...expected, algorithms: ['HS256'] });
    }
  }

  /**
   * Whose token this is; undefined when it is not one of the project's.
   * @throws CatalogueError TOKEN_INVALID, TOKEN_EXPIRED, NO_STAFF_ROLE, SIGN_IN_UNAVAILABLE
   */
  async identify(token: string): Promise<Caller | undefined> {
    if (!this.#claimsToBeOurs(token)) return undefined;
    let payload: JWTPayload;
    try {
      ({ payload } = await this.#verify(token));
    } catch (error) {
      throw new CatalogueError(refusalOf(error));
    }
    const account = accountSchema.safeParse(payload);
    if (!account.success) throw new CatalogueError('NO_STAFF_ROLE');
    const { sub, email, app_metadata } = account.data;
    return { role: app_metadata.autamedica_role, staff: { kind: 'account', id: sub, name: email ?? '' } };
  }

  /** Only decides who verifies it. */
  #claimsToBeOurs(token: string): boolean {
    try {
      return decodeJwt(token).iss === this.#issuer;
    } catch {
      return false;
    }
  }
}

function refusalOf(error: unknown) {
  if (error instanceof errors.JWTExpired) return 'TOKEN_EXPIRED';
  if (error instanceof errors.JWKSTimeout) return 'SIGN_IN_UNAVAILABLE';
  // The library's own class stands for an answer that is not a key set; what is not the library's comes from the network.
  if (!(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC') return 'SIGN_IN_UNAVAILABLE';
  return error.code === 'ERR_JWKS_INVALID' ? 'SIGN_IN_UNAVAILABLE' : 'TOKEN_INVALID';
}
