/** The manifest of a pack: every part of it with its hash, signed by the clinic's audit key over its RFC 8785 form. */
import canonicalize from 'canonicalize';
import * as z from 'zod';
import { publicKeySchema } from '../audit/chain.ts';
import { isSignedBy, type SigningKey } from '../audit/signing-key.ts';

export const packFormat = 'autamedica-pack/1';
export const manifestName = 'manifest.json';
export const auditPartName = 'audit.jsonl';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

const partSchema = z.strictObject({
  name: z.string().min(1),
  sizeBytes: z.number().int().min(0),
  sha256: sha256Schema,
});
export type PackPart = z.infer<typeof partSchema>;

const manifestSchema = z.strictObject({
  format: z.literal(packFormat),
  clinicName: z.string(),
  consultationId: z.string(),
  createdAt: z.string(),
  /** Where the clinic's audit log ended then, so that its entries can be found in an export of the log. */
  audit: z.strictObject({ number: z.number().int(), hash: sha256Schema }),
  /** In the order in which they are in the archive. */
  parts: z.array(partSchema),
  publicKey: publicKeySchema,
});
export type Manifest = z.infer<typeof manifestSchema>;

const signedSchema = z.strictObject({
  manifest: manifestSchema,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});

/** The text of the signed manifest. */
export function signManifest(key: SigningKey, manifest: Omit<Manifest, 'format' | 'publicKey'>): string {
  const body = { ...manifest, format: packFormat, publicKey: key.publicKey };
  return canonical({ manifest: body, signature: key.sign(canonical({ manifest: body })) });
}

/** @returns undefined for what is none, or is written in another way than the one it can have. */
export function readManifest(text: string): { manifest: Manifest; signature: string } | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  return canonical(content) === text ? signedSchema.safeParse(content).data : undefined;
}

export function isManifestSignedBy(
  publicKey: string,
  { manifest, signature }: { manifest: Manifest; signature: string },
): boolean {
  return isSignedBy(publicKey, canonical({ manifest }), signature);
}

function canonical(value: unknown): string {
  try {
    return canonicalize(value) ?? '';
  } catch {
    // A text with half a character in it has no canonical form.
    return '';
  }
}
