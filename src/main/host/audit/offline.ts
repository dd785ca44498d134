/** Verifies an exported audit log from its file and the clinic's public key alone: no host, no data folder, no network. */
import { createReadStream } from 'node:fs';
import type { AuditVerdict } from '../../../shared/contract/audit.ts';
import { isExportSignedBy, noHead, publicKeySchema, readExport } from './chain.ts';
import { ChainVerifier } from './verifier.ts';

export interface OfflineVerdict extends AuditVerdict {
  /** What the file says of itself, once its signature was checked. */
  readonly exportedAt?: string;
  readonly publicKey?: string;
}

/**
 * @param publicKey as the clinic gave it out, hexadecimal; without one, the key in the file itself, which a forger can exchange.
 * @throws Error when the file cannot be read, or the key is none.
 */
export async function verifyExport(file: string, publicKey?: string): Promise<OfflineVerdict> {
  if (publicKey !== undefined && !publicKeySchema.safeParse(publicKey).success) {
    throw new Error('The public key is 64 hexadecimal digits, as the clinic gave it out.');
  }
  let verifier: ChainVerifier | undefined;
  let opening: Pick<OfflineVerdict, 'exportedAt' | 'publicKey'> = {};
  for await (const { text, whole } of linesOf(file)) {
    if (verifier !== undefined) {
      verifier.add(text, whole);
      continue;
    }
    const line = readExport(text);
    if (line === undefined) {
      return text.includes('"export"')
        ? refused('forged-head', 'The first line, which says where the log ends, was changed.')
        : refused('not-an-export', 'The first line is not that of an exported audit log.');
    }
    const { export: head } = line;
    if (!isExportSignedBy(publicKey ?? head.publicKey, line)) {
      return publicKey !== undefined && isExportSignedBy(head.publicKey, line)
        ? refused('other-key', `The file is signed by another key than the clinic's: ${head.publicKey}.`)
        : refused('forged-head', "The signature of the first line is not the clinic's.");
    }
    opening = { exportedAt: head.at, publicKey: head.publicKey };
    verifier = new ChainVerifier(head.publicKey, { number: head.number, hash: head.hash });
  }
  if (verifier === undefined) return refused('not-an-export', 'The file is empty.');
  return { ...verifier.end(), ...opening };
}

function refused(kind: 'forged-head' | 'other-key' | 'not-an-export', message: string): OfflineVerdict {
  return {
    sound: false,
    entries: 0,
    signedHeads: 0,
    head: noHead,
    restored: [],
    fault: { kind, number: 0, message },
  };
}

/** Lines end with a line feed and nothing else; the last one too. Bytes that are no UTF-8 become what no line of ours holds. */
async function* linesOf(file: string): AsyncGenerator<{ text: string; whole: boolean }> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) yield { text, whole: true };
  }
  if (rest !== '') yield { text: rest, whole: false };
}
