/**
 * The lines of the audit log. An entry's hash covers the entry with the hash before it; a head's and an export's signature
 * covers the number and hash they stand for. Hash and signature are of the RFC 8785 form of the rest of their line.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import * as z from 'zod';
import { type AuditEntry, auditEntrySchema } from '../../../shared/contract/audit.ts';
import { isSignedBy, type SigningKey } from './signing-key.ts';

export const exportFormat = 'autamedica-audit/1';

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
export const publicKeySchema = z.string().regex(/^[0-9a-f]{64}$/);
const signatureSchema = z.string().regex(/^[0-9a-f]{128}$/);

const chainedEntrySchema = auditEntrySchema.extend({ previous: hashSchema });
export type ChainedEntry = z.infer<typeof chainedEntrySchema>;

const entryLineSchema = z.strictObject({ entry: chainedEntrySchema, hash: hashSchema });
const headSchema = z.strictObject({ at: z.string(), hash: hashSchema, number: z.number().int() });
export type Head = Pick<z.infer<typeof headSchema>, 'number' | 'hash'>;
const headLineSchema = z.strictObject({ head: headSchema, signature: signatureSchema });
const exportLineSchema = z.strictObject({
  export: headSchema.extend({ format: z.literal(exportFormat), publicKey: publicKeySchema }),
  signature: signatureSchema,
});
export type ExportLine = z.infer<typeof exportLineSchema>;

/** What the first entry holds as the hash before it. */
export const noHead: Head = { number: 0, hash: '0'.repeat(64) };

/** What stands after the entry in its line, with the 64 signs of the hash. */
const hashEnding = /,"hash":"[0-9a-f]{64}"\}$/;

/** Adds an entry to a chain. */
export function chainEntry(
  head: Head,
  entry: Omit<AuditEntry, 'number'>,
): { readonly line: string; readonly head: Head } {
  const number = head.number + 1;
  const body = canonical({ entry: { ...entry, number, previous: head.hash } });
  const hash = sha256(body);
  // The names of a line are in order already: "entry" before "hash".
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}`, head: { number, hash } };
}

export function signHead(key: SigningKey, { number, hash }: Head, at: string): string {
  const head = { at, hash, number };
  return canonical({ head, signature: key.sign(canonical({ head })) });
}

export function signExport(key: SigningKey, { number, hash }: Head, at: string): string {
  const body = { at, format: exportFormat, hash, number, publicKey: key.publicKey };
  return canonical({ export: body, signature: key.sign(canonical({ export: body })) });
}

/** An entry from its line; undefined when the line is none, or not in the one form that it can have. */
export function readEntry(line: string): { entry: ChainedEntry; hash: string; ownHash: string } | undefined {
  const parsed = read(line, entryLineSchema);
  if (parsed === undefined) return undefined;
  // The line is in canonical form, so without its end it is what the hash was made of.
  return { ...parsed, ownHash: sha256(line.replace(hashEnding, '}')) };
}

/** The place in the chain of an entry's line; undefined when the line is none. */
export function headOf(line: string): Head | undefined {
  const read = readEntry(line);
  return read && { number: read.entry.number, hash: read.hash };
}

export function readHead(line: string, publicKey: string): { head: Head; signed: boolean } | undefined {
  const parsed = read(line, headLineSchema);
  if (parsed === undefined) return undefined;
  const { head, signature } = parsed;
  return { head, signed: isSignedBy(publicKey, canonical({ head }), signature) };
}

export function readExport(line: string): ExportLine | undefined {
  return read(line, exportLineSchema);
}

export function isExportSignedBy(publicKey: string, { export: body, signature }: ExportLine): boolean {
  return isSignedBy(publicKey, canonical({ export: body }), signature);
}

/** The entry as it is stored, which nothing but this host has written. */
export function entryOf(line: string): AuditEntry {
  return auditEntrySchema.parse((JSON.parse(line) as { entry: unknown }).entry);
}

function read<Line>(line: string, schema: z.ZodType<Line>): Line | undefined {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    return undefined;
  }
  // Any other way of writing the same is a change too.
  if (canonical(content) !== line) return undefined;
  return schema.safeParse(content).data;
}

function canonical(value: unknown): string {
  try {
    return canonicalize(value) ?? '';
  } catch {
    // A text with half a character in it has no canonical form.
    return '';
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
