/** The clinic's own certificate authority, and the server certificates it signs for the addresses of this computer. */
import 'reflect-metadata';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  NameConstraints,
} from '@peculiar/asn1-x509';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  X509Certificate as Certificate,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { localNetworks } from './addresses.ts';

cryptoProvider.set(webcrypto);

/** A private key (PKCS #8) and its certificate (X.509), both PEM. */
export interface CertifiedKey {
  readonly key: string;
  readonly certificate: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 24 * 60 * 60_000;
const authorityDays = 10 * 365;
const serverDays = 90;
/** A server certificate is replaced this long before it ends, in days. */
const renewAheadDays = 30;
/** Clocks of other computers may be this far behind, ms. */
const clockSkew = day;

const permittedDomains: readonly string[] = ['local', 'localhost'];

/**
 * Makes the clinic's authority. A device that trusts it trusts it for addresses of a local network only
 * (name constraints, RFC 5280 4.2.1.10), so a stolen key opens nothing of the internet.
 */
export async function createAuthority(clinicName: string, now: number): Promise<CertifiedKey> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialNumber(),
    name: [{ CN: [`${clinicName} (AutaMedica)`] }],
    notBefore: new Date(now - clockSkew),
    notAfter: new Date(now + authorityDays * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      new Extension(id_ce_nameConstraints, true, AsnConvert.serialize(localNamesOnly())),
    ],
  });
  return { key: await exportKey(keys.privateKey), certificate: certificate.toString('pem') };
}

/** @param names addresses and host names people reach this computer by. */
export async function createServerCertificate(
  authority: CertifiedKey,
  names: readonly string[],
  now: number,
): Promise<CertifiedKey> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const issuer = new Certificate(authority.certificate);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerialNumber(),
    subject: [{ CN: ['AutaMedica Consultas'] }],
    issuer: issuer.subjectName,
    notBefore: new Date(now - clockSkew),
    notAfter: new Date(now + serverDays * day),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      await AuthorityKeyIdentifierExtension.create(issuer),
      new SubjectAlternativeNameExtension(
        names.map((name) => (isIP(name) === 0 ? { type: 'dns', value: name } : { type: 'ip', value: name })),
      ),
    ],
  });
  return { key: await exportKey(keys.privateKey), certificate: certificate.toString('pem') };
}

/** Whether a server certificate still serves: for all these names, signed by this authority, and not about to end. */
export function stillServes(
  { certificate }: CertifiedKey,
  authority: CertifiedKey,
  names: readonly string[],
  now: number,
): boolean {
  const leaf = new X509Certificate(certificate);
  return (
    Date.parse(leaf.validTo) - now > renewAheadDays * day &&
    leaf.verify(new X509Certificate(authority.certificate).publicKey) &&
    names.every((name) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined)
  );
}

/** SHA-256 of the certificate (DER), 64 lower-case hexadecimal digits: what invitations carry and clients compare. */
export function fingerprintOf(certificate: string): string {
  return createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');
}

function localNamesOnly(): NameConstraints {
  return new NameConstraints({
    permittedSubtrees: new GeneralSubtrees([
      ...permittedDomains.map((domain) => new GeneralSubtree({ base: new GeneralName({ dNSName: domain }) })),
      ...localNetworks.map((range) => new GeneralSubtree({ base: new GeneralName({ iPAddress: range }) })),
    ]),
  });
}

/** Positive and random (RFC 5280 4.1.2.2), 16 bytes in hexadecimal. */
function newSerialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = PemConverter.decode(pem);
  if (der === undefined) throw new Error('The authority has no private key.');
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}
