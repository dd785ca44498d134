/** Which certificate authority each clinic's address must show: the one whose fingerprint came with the invitation. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** What Chromium was shown by a server: PEM, with the certificates it sent along. */
export interface ShownCertificate {
  readonly data: string;
  readonly issuerCert?: ShownCertificate | undefined;
}

export interface Pins {
  /** @param host origin of a clinic's host. @param fingerprint SHA-256 of its authority: 64 hexadecimal digits, or the first 16 that a person typed. */
  pin(host: string, fingerprint: string): void;
  /** What to make of a server's certificate: `chromium` leaves it to Chromium's own judgement. */
  judge(hostname: string, shown: ShownCertificate): 'good' | 'bad' | 'chromium';
}

export function createPins(now: () => number): Pins {
  const pinned = new Map<string, string>();
  return {
    pin: (host, fingerprint) => {
      pinned.set(new URL(host).hostname, fingerprint);
    },
    judge: (hostname, shown) => {
      const fingerprint = pinned.get(hostname);
      if (fingerprint === undefined) return 'chromium';
      return isGood(hostname, shown, fingerprint, now()) ? 'good' : 'bad';
    },
  };
}

/** For this host, in force now, and signed by the authority with this fingerprint. */
function isGood(hostname: string, shown: ShownCertificate, fingerprint: string, now: number): boolean {
  if (shown.issuerCert === undefined) return false;
  try {
    const leaf = new X509Certificate(shown.data);
    const authority = new X509Certificate(shown.issuerCert.data);
    const name = hostname.replace(/^\[|\]$/g, '');
    return (
      authority.fingerprint256.replaceAll(':', '').toLowerCase().startsWith(fingerprint) &&
      authority.ca &&
      leaf.checkIssued(authority) &&
      leaf.verify(authority.publicKey) &&
      (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined &&
      [leaf, authority].every((one) => Date.parse(one.validFrom) <= now && now <= Date.parse(one.validTo))
    );
  } catch {
    // Not even a certificate.
    return false;
  }
}
