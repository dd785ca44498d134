import { beforeAll, describe, expect, test } from 'vitest';
import { createPins, type ShownCertificate } from '../../src/main/desktop/pins.ts';
import {
  type CertifiedKey,
  createAuthority,
  createServerCertificate,
  fingerprintOf,
} from '../../src/main/host/network/certificates.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const day = 24 * 60 * 60_000;
const address = '192.168.1.20';

let authority: CertifiedKey;
let stranger: CertifiedKey;

beforeAll(async () => {
  authority = await createAuthority('Clínica San Martín', now);
  stranger = await createAuthority('Clínica San Martín', now);
});

async function shownBy(
  signer: CertifiedKey,
  issuer: CertifiedKey,
  names = [address],
): Promise<ShownCertificate> {
  const { certificate } = await createServerCertificate(signer, names, now);
  return { data: certificate, issuerCert: { data: issuer.certificate } };
}

function pinsOf(signer: CertifiedKey, at = now) {
  const pins = createPins(() => at);
  pins.pin(`https://${address}:8443`, fingerprintOf(signer.certificate));
  return pins;
}

describe('a clinic known by its fingerprint', () => {
  test('is taken by the certificate its authority signed', async () => {
    expect(pinsOf(authority).judge(address, await shownBy(authority, authority))).toBe('good');
  });

  test('is learned from the first it shows, and then no other is taken', async () => {
    const pins = createPins(() => now);
    const origin = `https://${address}:8443`;
    pins.learn(origin);
    expect(pins.judge(address, await shownBy(stranger, authority))).toBe('bad');
    expect(pins.authorityOf(origin)).toBeUndefined();
    expect(pins.judge(address, await shownBy(authority, authority))).toBe('good');
    expect(pins.authorityOf(origin)).toBe(fingerprintOf(authority.certificate));
    expect(pins.judge(address, await shownBy(stranger, stranger))).toBe('bad');
  });

  test('is not taken from another authority, not even of the same name', async () => {
    expect(pinsOf(authority).judge(address, await shownBy(stranger, stranger))).toBe('bad');
  });

  test('is not taken by showing its authority beside a certificate somebody else signed', async () => {
    expect(pinsOf(authority).judge(address, await shownBy(stranger, authority))).toBe('bad');
  });

  test('is not taken under another address', async () => {
    expect(pinsOf(authority).judge(address, await shownBy(authority, authority, ['192.168.1.99']))).toBe(
      'bad',
    );
  });

  test('is not taken before or after its time', async () => {
    const shown = await shownBy(authority, authority);
    expect(pinsOf(authority, now + 91 * day).judge(address, shown)).toBe('bad');
    expect(pinsOf(authority, now - 2 * day).judge(address, shown)).toBe('bad');
  });

  test('is not taken by a certificate alone, or by something that is none', () => {
    expect(pinsOf(authority).judge(address, { data: authority.certificate })).toBe('bad');
    expect(pinsOf(authority).judge(address, { data: 'x', issuerCert: { data: 'y' } })).toBe('bad');
  });
});

test('an address that nobody pinned is left to Chromium', async () => {
  expect(pinsOf(authority).judge('192.168.1.30', await shownBy(stranger, stranger))).toBe('chromium');
});
