/** What every operation of the contract is made of: what it says of itself, its errors, and shapes that many share. */
import { oc } from '@orpc/contract';
import * as z from 'zod';
import { type Role, staffRoles } from '../access/access.ts';
import { type ErrorCode, errorCatalogue } from './errors.ts';

/** What every operation says of itself beside its shapes. */
export interface OperationMeta {
  /** Roles that may call it. */
  readonly roles: readonly Role[];
  /** Name in the audit log. */
  readonly audit: string;
  /** The field of the input that names whom or what it is done to: an id or a word, never a name or a credential. */
  readonly target?: string;
  /**
   * How often it is recorded: each time, unless said otherwise. `hourly`: what windows ask again and again; once an hour for each
   * caller and consultation, and every refusal. `never`: it neither shows nor changes anything of a person, and nobody decided to ask it.
   */
  readonly recorded?: 'hourly' | 'never';
  /**
   * The field of the input that names a consultation: a participant may name no other than its own. An operation that says
   * nothing here is closed to participants, unless anyone may call it.
   */
  readonly bound?: 'consultationId' | 'roomName' | 'nothing';
  /** Answered without the `{success, data}` envelope over HTTP. */
  readonly bare?: boolean;
}

export const base = oc.$meta<OperationMeta>({ roles: [], audit: '' });

/** The oRPC error map of some catalogue codes. */
export function errors<const C extends ErrorCode>(...codes: C[]) {
  return Object.fromEntries(
    codes.map((code) => [
      code,
      { status: errorCatalogue[code].status, message: errorCatalogue[code].message },
    ]),
  ) as { [K in C]: { status: number; message: string } };
}

/** Who plans and receives. */
export const clinicRoles = staffRoles;
/** Who treats, from the clinic's windows or by a participant token. */
export const doctorRoles = ['admin', 'clinician', 'doctor'] as const;
/** Who looks after the door of a consultation. */
export const doorRoles = [...staffRoles, 'doctor'] as const;

export const idSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]*$/,
    'Use letters, digits, and . _ : - only, starting with a letter or digit.',
  );
/** One line that a person writes. SQLite would cut it at a NUL, and an unpaired surrogate is no text. */
export const lineSchema = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'Write one line without control characters.');
export const nameSchema = lineSchema(120);
export const timestampSchema = z.iso.datetime({ offset: true });

export const consultationInput = z.object({ consultationId: idSchema });
