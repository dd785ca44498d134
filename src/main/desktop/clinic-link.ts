/** The clinic this computer is paired with: its address, and the credential that its staff's windows never see. */
import type { Session, WebContents } from 'electron';
import * as z from 'zod';
import { normalizeCode } from '../host/admission/invitations.ts';
import { readUrl } from '../host/runtime/read-url.ts';
import type { SecretBox } from '../host/runtime/secrets.ts';
import { hashOf } from '../host/staff/credentials.ts';
import { newNonce, pairingKey, proofOf, sameProof } from '../host/staff/pairing-proof.ts';
import { readClinicAddress } from './clinic-address.ts';
import type { SettingsStore } from './settings.ts';

/** How long a clinic may take to answer, ms. */
const answerWithinMs = 10_000;

export const pairingFailures = [
  'BAD_ADDRESS',
  'INSECURE_ADDRESS',
  'HOST_UNREACHABLE',
  'PAIRING_NOT_FOUND',
  'TOO_MANY_REQUESTS',
] as const;
export type PairingFailure = (typeof pairingFailures)[number];

export class PairingError extends Error {
  override readonly name = 'PairingError';
  readonly code: PairingFailure;

  constructor(code: PairingFailure, cause?: unknown) {
    super(`This computer could not be paired: ${code}`, { cause });
    this.code = code;
  }
}

export interface ClinicLink {
  /** Origin of the clinic's host; undefined when this computer is not paired. */
  readonly origin: string | undefined;
  /** @throws PairingError */
  pair(wish: {
    address: string;
    code: string;
    deviceName: string;
    fingerprint?: string | undefined;
  }): Promise<void>;
  forget(): void;
  /** Has the requests of the staff's windows to the clinic's operations carry the credential. */
  serve(session: Session, isOfStaff: (contents: WebContents | undefined) => boolean): void;
}

export interface ClinicLinkOptions {
  readonly settings: SettingsStore;
  /** The system's keyring; without one the credential lies in the settings' file, which only its owner can read. */
  readonly box: SecretBox | undefined;
  readonly openAttempt: OpenAttempt;
  /** Has a clinic's host show the certificate authority with this fingerprint, from now on. */
  readonly pin: (origin: string, fingerprint: string) => void;
}

/** Connections to one host, made for one pairing: all of them show the same certificate authority. */
export interface PairingAttempt {
  fetch(address: string, init: RequestInit): Promise<Response>;
  /** Of the one who answered, SHA-256; undefined when Chromium knows and trusts it by itself, or nobody has answered by TLS. */
  authority(): string | undefined;
}

/** @param fingerprint of the authority that must be shown; undefined takes any, which then has to prove that it knows the code. */
type OpenAttempt = (origin: string, fingerprint: string | undefined) => PairingAttempt;

const answerSchema = z.object({
  data: z.object({ credential: z.string().min(1), proof: z.string().optional() }),
});
const refusalSchema = z.object({ error: z.object({ code: z.enum(pairingFailures) }) });

export function createClinicLink({ settings, box, openAttempt, pin }: ClinicLinkOptions): ClinicLink {
  let clinic = read();
  const known = settings.read().clinic;
  if (clinic && known?.fingerprint !== undefined) pin(clinic.origin, known.fingerprint);

  function read(): { origin: string; credential: string } | undefined {
    const saved = settings.read().clinic;
    if (saved === undefined) return undefined;
    try {
      const credential = saved.sealed ? box?.open(saved.credential) : saved.credential;
      return credential === undefined ? undefined : { origin: saved.origin, credential };
    } catch {
      // Sealed by another keyring, as after a move to another computer: it is paired anew.
      return undefined;
    }
  }

  return {
    get origin() {
      return clinic?.origin;
    },
    pair: async ({ address, code, deviceName, fingerprint }) => {
      const read = readClinicAddress(address);
      if ('refused' in read)
        throw new PairingError(read.refused === 'insecure' ? 'INSECURE_ADDRESS' : 'BAD_ADDRESS');
      const { origin } = read;
      const attempt = openAttempt(origin, fingerprint);
      const credential = await redeem(attempt, origin, { code, deviceName });
      const authority = attempt.authority();
      if (authority !== undefined) pin(origin, authority);
      settings.write({
        ...settings.read(),
        mode: 'paired',
        clinic: {
          origin,
          credential: box ? box.seal(credential) : credential,
          sealed: box !== undefined,
          ...(authority === undefined ? {} : { fingerprint: authority }),
        },
      });
      clinic = { origin, credential };
    },
    forget: () => {
      clinic = undefined;
      settings.write({});
    },
    serve: (session, isOfStaff) => {
      session.webRequest.onBeforeSendHeaders((details, answer) => {
        const url = readUrl(details.url);
        const isForClinic =
          clinic !== undefined && url?.origin === clinic.origin && url.pathname.startsWith('/api/');
        // What shows a credential of its own, such as a doctor's in a consultation or a ticket, is that one's doing.
        const hasOwn = Object.keys(details.requestHeaders).some((name) => /^authorization$/i.test(name));
        if (!clinic || !isForClinic || hasOwn || !isOfStaff(details.webContents)) {
          answer({});
          return;
        }
        answer({
          requestHeaders: { ...details.requestHeaders, Authorization: `Bearer ${clinic.credential}` },
        });
      });
    },
  };
}

/**
 * Exchanges the code for a credential. An authority that nobody vouches for is told no code: both sides prove that they know it,
 * for the authority that is shown, so that somebody in between learns nothing and pairs nothing.
 */
async function redeem(
  attempt: PairingAttempt,
  origin: string,
  { code, deviceName }: { code: string; deviceName: string },
): Promise<string> {
  const wait = () => ({ redirect: 'error', signal: AbortSignal.timeout(answerWithinMs) }) as const;
  const ask = async (path: string, body: unknown): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body), ...wait() };
    return (await attempt.fetch(`${origin}${path}`, init)).json();
  };
  let answer: unknown;
  let vouched: ((credential: string, proof: string | undefined) => boolean) | undefined;
  try {
    // Shows who is there, before anything is said.
    await attempt.fetch(`${origin}/health`, wait());
    const fingerprint = attempt.authority();
    if (fingerprint === undefined) answer = await ask('/api/staff/pair', { code, deviceName });
    else {
      const nonce = newNonce();
      const key = await pairingKey(hashOf(normalizeCode(code)), { fingerprint, nonce });
      vouched = (credential, proof = '') => sameProof(proofOf(key, 'host', credential), proof);
      const proof = proofOf(key, 'computer', deviceName);
      answer = await ask('/api/staff/pair-by-proof', { nonce, proof, deviceName });
    }
  } catch (cause) {
    throw new PairingError('HOST_UNREACHABLE', cause);
  }
  const accepted = answerSchema.safeParse(answer);
  if (!accepted.success) {
    const refusal = refusalSchema.safeParse(answer);
    // Something answers there, and it is no clinic, or one that cannot say more.
    throw new PairingError(refusal.success ? refusal.data.error.code : 'HOST_UNREACHABLE');
  }
  const { credential, proof } = accepted.data.data;
  // Whoever accepts a code it cannot know is not the clinic.
  if (vouched?.(credential, proof) === false) throw new PairingError('HOST_UNREACHABLE');
  return credential;
}
