/** The name a file is offered under: no path, nothing unseen in it, and an extension that says what it is. */
import { extensionOf, type FileType, fileTypes } from '../../../shared/contract/file-types.ts';

/** Longest name without its extension, in characters. */
const longest = 100;
/** Names that Windows gives to devices. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** The last part of whatever came, as it can be shown and be stored anywhere. */
export function cleanFileName(name: string): string {
  const [last = ''] = name.split(/[/\\]/).slice(-1);
  const seen = last
    .normalize('NFC')
    // Control and formatting characters (also those that turn the direction of what follows), halves of characters, private ones.
    .replace(/[\p{C}\u2028\u2029]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/gu, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  const extension = extensionOf(seen);
  const stem = (extension === '' ? seen : seen.slice(0, -extension.length - 1)).replace(/[. ]+$/, '');
  const short = [...stem].slice(0, longest).join('').trim() || 'file';
  const safe = devices.test(short.split('.')[0] ?? '') ? `_${short}` : short;
  return extension === '' ? safe : `${safe}.${extension}`;
}

/** The name with an extension that fits the content: what is a picture is never called anything else. */
export function withFittingExtension(name: string, type: FileType): string {
  const fitting: readonly string[] = fileTypes[type];
  const extension = extensionOf(name);
  if (fitting.includes(extension)) return name;
  const stem = extension === '' ? name : name.slice(0, -extension.length - 1);
  return `${stem}.${fitting[0]}`;
}
