/** A certificate's whole fingerprint, laid out alike wherever two of them are compared by eye. */

export interface FingerprintProps {
  /** 64 hexadecimal digits. */
  readonly value: string;
}

export function Fingerprint({ value }: FingerprintProps) {
  return <span className="fingerprint">{(value.toUpperCase().match(/../g) ?? []).join(' ')}</span>;
}
