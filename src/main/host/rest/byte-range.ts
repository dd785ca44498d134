/** One range of bytes of a content, as a request asks for it (RFC 9110, 14). */

/** `to` is the first byte that is not wanted any more. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * @returns undefined for the whole: no range, several, or one that means nothing, which a server may ignore; `unsatisfiable` for one
 * that lies behind the end.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=\s*(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    // The last so many bytes.
    const wanted = Math.min(Number(last), size);
    return wanted === 0 ? 'unsatisfiable' : { from: size - wanted, to: size };
  }
  const from = Number(first);
  const to = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < from) return undefined;
  return from >= size ? 'unsatisfiable' : { from, to };
}
