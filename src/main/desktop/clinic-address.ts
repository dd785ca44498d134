/** The address of a clinic's host as somebody types it, strictly read. */
import { readUrl } from '../host/runtime/read-url.ts';

export type ClinicAddress =
  | { readonly origin: string }
  /** `insecure`: it would cross the network in clear. */
  | { readonly refused: 'bad' | 'insecure' };

const loopbackNames: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** Takes `https://192.168.1.24:8443`, the same without `https://`, and plain http on this computer. A path is left aside. */
export function readClinicAddress(text: string): ClinicAddress {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > 200 || /\s/.test(trimmed)) return { refused: 'bad' };
  const url = readUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
  if (url === undefined || url.hostname === '' || url.username !== '' || url.password !== '')
    return { refused: 'bad' };
  if (url.protocol === 'https:') return { origin: url.origin };
  if (url.protocol !== 'http:') return { refused: 'bad' };
  if (!loopbackNames.includes(url.hostname)) return { refused: 'insecure' };
  // The one loopback name that our pages may connect to.
  return { origin: `http://127.0.0.1${url.port === '' ? '' : `:${url.port}`}` };
}
