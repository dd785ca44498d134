/** What a content really is, whatever its name says: only types that may be sent are recognised, by their first bytes. */
import type { FileType } from '../../../shared/contract/file-types.ts';

/** Brands of the ISO base media format (ISO/IEC 23008-12) that are still pictures. */
const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);

/** @param head the first bytes, at least 132 of them unless the content is shorter. */
export function contentTypeOf(head: Buffer): FileType | undefined {
  const at = (offset: number, signature: string) =>
    head.toString('latin1', offset, offset + signature.length) === signature;
  if (at(0, '%PDF-')) return 'application/pdf';
  if (at(0, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (at(0, '\xff\xd8\xff')) return 'image/jpeg';
  if (at(0, 'RIFF') && at(8, 'WEBP')) return 'image/webp';
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return 'image/gif';
  if (at(4, 'ftyp') && heicBrands.has(head.toString('latin1', 8, 12))) return 'image/heic';
  if (at(128, 'DICM')) return 'application/dicom';
  return isText(head) ? 'text/plain' : undefined;
}

/** Nothing but characters, line breaks and tabs, in any encoding that has no zero bytes. A byte order mark counts as text. */
export function isText(bytes: Buffer): boolean {
  return bytes.every(
    (byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x0c,
  );
}
