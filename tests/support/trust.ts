/** What a browser is told so that it trusts keys, as one does where the clinic's certificate was installed. */
import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';

/** @param certificates PEM. */
export function trustSwitchFor(certificates: readonly (string | X509Certificate)[]): string {
  const digests = certificates.map((certificate) => {
    const { publicKey } = new X509Certificate(
      typeof certificate === 'string' ? certificate : certificate.raw,
    );
    return createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
  });
  return `--ignore-certificate-errors-spki-list=${digests.join(',')}`;
}

/** The certificate a new connection to this address is shown. */
export async function certificateAt(url: string): Promise<X509Certificate> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  try {
    return await new Promise<X509Certificate>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('secureConnect', () => resolve(new X509Certificate(socket.getPeerCertificate().raw)));
    });
  } finally {
    socket.destroy();
  }
}
