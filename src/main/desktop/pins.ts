/** Which certificate authority each clinic's address must show: the one whose fingerprint came with the invitation, or that it showed first. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** What Chromium was shown by a server: PEM, with the certificates it sent along. */
export interface ShownCertificate {
  readonly data: string;
  readonly issuerCert?: ShownCertificate | undefined;
}

export interface Pins {
  /** @param host origin of a clinic's host. @param fingerprint SHA-256 of its authority: 64 hexadecimal digits. */
  pin(host: string, fingerprint: string): void;
  /** Takes the first authority that is shown for a host, and no other after it. Whoever asks must find out who that is before saying anything. */
  learn(host: string): void;
  /** The authority that a host must show; undefined when none is known. */
  authorityOf(host: string): string | undefined;
  /** What to make of a server's certificate: `chromium` leaves it to Chromium's own judgement. */
  judge(hostname: string, shown: ShownCertificate): 'good' | 'bad' | 'chromium';
}

export function createPins(now: () => number): Pins {
  const pinned = new Map<string, string>();
  const learning = new Set<string>();
  return {
    pin: (host, fingerprint) => {
      pinned.set(new URL(host).hostname, fingerprint);
    },
    learn: (host) => {
      learning.add(new URL(host).hostname);
    },
    authorityOf: (host) => pinned.get(new URL(host).hostname),
    judge: (hostname, shown) => {
      const fingerprint = pinned.get(hostname);
      if (fingerprint === undefined && !learning.has(hostname)) return 'chromium';
      const authority = authorityBehind(hostname, shown, now());
      if (authority === undefined || (fingerprint ?? authority) !== authority) return 'bad';
      pinned.set(hostname, authority);
      return 'good';
    },
  };
}

/** The fingerprint of the authority that signed a certificate for this host, both in force now; undefined for anything less. */
function authorityBehind(hostname: string, shown: ShownCertificate, now: number): string | undefined {
  if (shown.issuerCert === undefined) return undefined;
  try {
    const leaf = new X509Certificate(shown.data);
    const authority = new X509Certificate(shown.issuerCert.data);
    const name = hostname.replace(/^\[|\]$/g, '');
    const stands =
      authority.ca &&
      leaf.checkIssued(authority) &&
      leaf.verify(authority.publicKey) &&
      (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined &&
      [leaf, authority].every((one) => Date.parse(one.validFrom) <= now && now <= Date.parse(one.validTo));
    return stands ? authority.fingerprint256.replaceAll(':', '').toLowerCase() : undefined;
  } catch {
    // Not even a certificate.
    return undefined;
  }
}
