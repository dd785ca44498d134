/** Verifies a consultation pack from its file and the clinic's public key alone: no host, no data folder, no network. */
import { createHash } from 'node:crypto';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { publicKeySchema, readEntry } from '../audit/chain.ts';
import { auditPartName, isManifestSignedBy, type Manifest, manifestName, readManifest } from './manifest.ts';

/** What is wrong, in the order in which it is looked for. */
export type PackFaultKind =
  | 'not-a-pack'
  | 'cut-off'
  | 'forged-manifest'
  | 'other-key'
  | 'hidden'
  | 'missing'
  | 'changed'
  | 'added'
  | 'reordered';

export interface PackVerdict {
  readonly sound: boolean;
  readonly manifest?: Manifest;
  readonly fault?: { readonly kind: PackFaultKind; readonly part?: string; readonly message: string };
}

/** Largest manifest that is read, bytes. */
const largestManifest = 16 * 1024 * 1024;

/**
 * @param publicKey as the clinic gave it out, hexadecimal; without one, the key in the pack itself, which a forger can exchange.
 * @throws Error when the file cannot be read, or the key is none.
 */
export async function verifyPack(file: string, publicKey?: string): Promise<PackVerdict> {
  if (publicKey !== undefined && !publicKeySchema.safeParse(publicKey).success)
    throw new Error('The public key is 64 hexadecimal digits, as the clinic gave it out.');
  let zip: ZipFile;
  try {
    zip = await openPromise(file, { autoClose: false, strictFileNames: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error;
    return refused('cut-off', 'It is no whole archive: its end is missing, or something was added after it.');
  }
  try {
    return await verify(zip, publicKey);
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error;
    return refused(
      'not-a-pack',
      `It is no archive of ours: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    zip.close();
  }
}

async function verify(zip: ZipFile, publicKey: string | undefined): Promise<PackVerdict> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  const last = entries.at(-1);
  if (last?.fileName !== manifestName || last.uncompressedSize > largestManifest)
    return refused('not-a-pack', 'The archive does not end with a manifest.');
  const signed = readManifest((await contentOf(zip, last)).toString('utf8'));
  if (signed === undefined)
    return refused('forged-manifest', 'The manifest is not in the form that it can have.', manifestName);
  const { manifest } = signed;
  if (!isManifestSignedBy(publicKey ?? manifest.publicKey, signed)) {
    return publicKey !== undefined && isManifestSignedBy(manifest.publicKey, signed)
      ? refused('other-key', `The pack is signed by another key than the clinic's: ${manifest.publicKey}.`)
      : refused('forged-manifest', "The signature of the manifest is not the clinic's.", manifestName);
  }
  const fault =
    (await hiddenIn(zip, entries)) ??
    (await faultOfParts(zip, entries.slice(0, -1), manifest)) ??
    (await faultOfAudit(zip, entries, manifest));
  return fault === undefined ? { sound: true, manifest } : { ...fault, manifest };
}

/** Bytes of the end of an archive, without and with what archives over 4 GB have before it. */
const endBytes = [22, 22 + 20 + 56];
const directoryEntryBytes = 46;

/**
 * Every byte of the archive belongs to a part: an archive could show one content to us, and another to a tool that reads it differently.
 */
async function hiddenIn(zip: ZipFile, entries: readonly Entry[]): Promise<PackVerdict | undefined> {
  let expected = 0;
  let directory = 0;
  for (const entry of entries) {
    const { fileName } = entry;
    const local = await zip.readLocalFileHeaderPromise(entry);
    const plain =
      entry.compressionMethod === 0 &&
      local.compressionMethod === 0 &&
      entry.compressedSize === entry.uncompressedSize;
    const same = local.fileName.equals(entry.fileNameRaw) && local.extraFieldLength === 0;
    if (!plain || !same || entry.relativeOffsetOfLocalHeader !== expected)
      return refused(
        'hidden',
        `At ${fileName} the archive holds something that is not on its list.`,
        fileName,
      );
    // After a content that was written as it came stand its sums: a signature, the CRC, and two sizes.
    const summed = (entry.generalPurposeBitFlag & 0x8) !== 0;
    const summedLong = entry.versionNeededToExtract >= 45;
    expected = local.fileDataStart + entry.compressedSize + (summed ? (summedLong ? 24 : 16) : 0);
    directory +=
      directoryEntryBytes + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
  }
  return endBytes.some((end) => expected + directory + end === zip.fileSize)
    ? undefined
    : refused('hidden', 'The archive holds something that is not on its list.');
}

async function faultOfParts(
  zip: ZipFile,
  entries: readonly Entry[],
  { parts }: Manifest,
): Promise<PackVerdict | undefined> {
  const byName = new Map(entries.map((entry) => [entry.fileName, entry]));
  for (const { name, sizeBytes, sha256 } of parts) {
    const entry = byName.get(name);
    if (entry === undefined) return refused('missing', `${name} is missing.`, name);
    const changed = refused('changed', `${name} is not what the clinic put in.`, name);
    if (entry.uncompressedSize !== sizeBytes) return changed;
    const hash = createHash('sha256');
    for await (const piece of await zip.openReadStreamPromise(entry)) hash.update(piece as Buffer);
    if (hash.digest('hex') !== sha256) return changed;
  }
  const names = entries.map(({ fileName }) => fileName);
  const added = names.find(
    (name, index) => names.indexOf(name) !== index || !parts.some((part) => part.name === name),
  );
  if (added !== undefined)
    return refused('added', `${added} was added: the clinic did not put it in.`, added);
  const moved = names.find((name, index) => parts[index]?.name !== name);
  if (moved !== undefined) return refused('reordered', `${moved} is not in its place.`, moved);
  return undefined;
}

/** The entries of the audit log are as they were when they were written, which their own hashes say beside the manifest. */
async function faultOfAudit(
  zip: ZipFile,
  entries: readonly Entry[],
  { consultationId, audit }: Manifest,
): Promise<PackVerdict | undefined> {
  const part = entries.find(({ fileName }) => fileName === auditPartName);
  if (part === undefined) return undefined;
  let before = 0;
  const lines = (await contentOf(zip, part)).toString('utf8').split('\n').filter(Boolean);
  for (const line of lines) {
    const read = readEntry(line);
    const { number = 0, consultationId: about } = read?.entry ?? {};
    const sound = read !== undefined && read.hash === read.ownHash && about === consultationId;
    if (!sound || number <= before || number > audit.number)
      return refused('changed', `In ${auditPartName}, the entry after ${before} was changed.`, auditPartName);
    before = number;
  }
  return undefined;
}

async function contentOf(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function refused(kind: PackFaultKind, message: string, part?: string): PackVerdict {
  return { sound: false, fault: { kind, message, ...(part === undefined ? {} : { part }) } };
}
