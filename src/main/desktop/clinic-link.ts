/** The clinic this computer is paired with: its address, and the credential that its staff's windows never see. */
import type { Session, WebContents } from 'electron';
import * as z from 'zod';
import type { SecretBox } from '../host/runtime/secrets.ts';
import { readClinicAddress } from './clinic-address.ts';
import { readUrl } from './read-url.ts';
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
  readonly request: Request;
  /** Has a clinic's host show the certificate authority with this fingerprint, from now on. */
  readonly pin: (origin: string, fingerprint: string) => void;
}

/** @param fingerprint what the certificate authority of the one who answers begins with; undefined leaves it to Chromium. */
type Request = (address: string, init: RequestInit, fingerprint: string | undefined) => Promise<Response>;

const answerSchema = z.object({ data: z.object({ credential: z.string().min(1) }) });
const refusalSchema = z.object({ error: z.object({ code: z.enum(pairingFailures) }) });

export function createClinicLink({ settings, box, request, pin }: ClinicLinkOptions): ClinicLink {
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
      const credential = await redeem(request, origin, { code, deviceName }, fingerprint);
      if (fingerprint !== undefined) pin(origin, fingerprint);
      settings.write({
        ...settings.read(),
        mode: 'paired',
        clinic: {
          origin,
          credential: box ? box.seal(credential) : credential,
          sealed: box !== undefined,
          ...(fingerprint === undefined ? {} : { fingerprint }),
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

async function redeem(
  request: Request,
  origin: string,
  wish: { code: string; deviceName: string },
  fingerprint: string | undefined,
): Promise<string> {
  let body: unknown;
  try {
    const response = await request(
      `${origin}/api/staff/pair`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(wish),
        redirect: 'error',
        signal: AbortSignal.timeout(answerWithinMs),
      },
      fingerprint,
    );
    body = await response.json();
  } catch (cause) {
    throw new PairingError('HOST_UNREACHABLE', cause);
  }
  const answer = answerSchema.safeParse(body);
  if (answer.success) return answer.data.data.credential;
  const refusal = refusalSchema.safeParse(body);
  // Something answers there, and it is no clinic, or one that cannot say more.
  throw new PairingError(refusal.success ? refusal.data.error.code : 'HOST_UNREACHABLE');
}
