/** The clinic a desktop app is paired with: its address as typed, its credential as kept, and which requests carry it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Session, WebContents } from 'electron';
import { afterEach, describe, expect, it } from 'vitest';
import { readClinicAddress } from '../../src/main/desktop/clinic-address.ts';
import { createClinicLink, type PairingAttempt } from '../../src/main/desktop/clinic-link.ts';
import { openSettings } from '../../src/main/desktop/settings.ts';
import { hashOf } from '../../src/main/host/staff/credentials.ts';
import { pairingKey, proofOf } from '../../src/main/host/staff/pairing-proof.ts';

describe('readClinicAddress', () => {
  it.each([
    ['https://192.168.1.24:8443', 'https://192.168.1.24:8443'],
    [' https://Clinica.example/pair#ABCD ', 'https://clinica.example'],
    ['192.168.1.24:8443', 'https://192.168.1.24:8443'],
    ['clinica.example', 'https://clinica.example'],
    ['http://localhost:8888', 'http://127.0.0.1:8888'],
    ['http://127.0.0.1:8888/', 'http://127.0.0.1:8888'],
  ])('%s is %s', (text, origin) => {
    expect(readClinicAddress(text)).toEqual({ origin });
  });

  it.each([
    'http://192.168.1.24:8888',
    'http://clinica.example',
    'http://127.0.0.1.evil.example',
    'http://[::2]',
  ])('%s would be in clear', (text) => {
    expect(readClinicAddress(text)).toEqual({ refused: 'insecure' });
  });

  it.each([
    '',
    '   ',
    'javascript://x',
    'file:///etc/passwd',
    'ftp://clinica.example',
    'https://user:password@clinica.example',
    'https://',
    'una clínica',
    `https://${'a'.repeat(300)}.example`,
  ])('%s is no address', (text) => {
    expect(readClinicAddress(text)).toEqual({ refused: 'bad' });
  });
});

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
function newSettings() {
  const folder = mkdtempSync(join(tmpdir(), 'autamedica-clinic-'));
  folders.push(folder);
  return { settings: openSettings(folder), file: join(folder, 'desktop.json') };
}

const wish = { address: 'https://clinica.example:8443', code: 'ABCD2345', deviceName: 'Entrada' };
const credential = `amd_${'a'.repeat(16)}_${'s'.repeat(43)}`;
const accepting = async () => Response.json({ success: true, data: { credential, device: {} } });
/** A clinic whose certificate Chromium trusts by itself. */
const known = (fetch: () => Promise<Response>) => (): PairingAttempt => ({
  fetch,
  authority: () => undefined,
});
/** Turns letters round, so that what lies in the file is not what was sealed. */
const box = {
  seal: (text: string) => `sealed:${[...text].reverse().join('')}`,
  open: (sealed: string) => {
    if (!sealed.startsWith('sealed:')) throw new Error('Sealed by another keyring.');
    return [...sealed.slice(7)].reverse().join('');
  },
};

const pins: string[] = [];
const pin = (origin: string, fingerprint: string) => {
  pins.push(`${origin} ${fingerprint}`);
};
afterEach(() => pins.splice(0));

describe('createClinicLink', () => {
  describe('where nobody vouches for the certificate', () => {
    const authority = 'ab'.repeat(32);
    interface Sent {
      nonce: string;
      proof: string;
      deviceName: string;
    }
    /** A host that knows `code`, behind `own`, met by a computer that is shown `authority`. */
    const unknown =
      (code: string, own = authority) =>
      (): PairingAttempt => ({
        authority: () => authority,
        fetch: async (address, init) => {
          if (!address.endsWith('/pair-by-proof')) return Response.json({});
          sent.push(String(init.body));
          const { nonce, proof, deviceName } = JSON.parse(String(init.body)) as Sent;
          const key = await pairingKey(hashOf(code), { nonce, fingerprint: own });
          if (proofOf(key, 'computer', deviceName) !== proof)
            return Response.json({ error: { code: 'PAIRING_NOT_FOUND' } }, { status: 404 });
          return Response.json({ data: { credential, proof: proofOf(key, 'host', credential) } });
        },
      });
    const sent: string[] = [];
    afterEach(() => sent.splice(0));

    it('the code is proved, never said, and that authority is asked for at each start', async () => {
      const { settings } = newSettings();
      const openAttempt = unknown(wish.code);
      await createClinicLink({ settings, box, pin, openAttempt }).pair({ ...wish, code: 'abcd 2345' });
      expect(sent.join()).not.toMatch(/abcd ?2345/i);
      expect(pins).toEqual([`https://clinica.example:8443 ${authority}`]);
      pins.splice(0);
      createClinicLink({ settings, box, pin, openAttempt });
      expect(pins).toEqual([`https://clinica.example:8443 ${authority}`]);
    });

    it('somebody in between who hands the proof on to the clinic pairs nothing', async () => {
      const { settings } = newSettings();
      const openAttempt = unknown(wish.code, 'cd'.repeat(32));
      const link = createClinicLink({ settings, box, pin, openAttempt });
      await expect(link.pair(wish)).rejects.toMatchObject({ code: 'PAIRING_NOT_FOUND' });
      expect(pins).toEqual([]);
    });

    it.each([undefined, 'ef'.repeat(32)])(
      'a false clinic that takes any code is not taken: %s',
      async (proof) => {
        const { settings } = newSettings();
        const openAttempt = (): PairingAttempt => ({
          authority: () => authority,
          fetch: async () => Response.json({ data: { credential, proof } }),
        });
        const link = createClinicLink({ settings, box, pin, openAttempt });
        await expect(link.pair(wish)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
        expect(settings.read()).toEqual({});
      },
    );
  });

  it('remembers the clinic, with the credential sealed where there is a keyring', async () => {
    const { settings, file } = newSettings();
    await createClinicLink({ settings, box, pin, openAttempt: known(accepting) }).pair(wish);
    expect(readFileSync(file, 'utf8')).not.toContain(credential);
    expect(createClinicLink({ settings, box, pin, openAttempt: known(accepting) }).origin).toBe(
      'https://clinica.example:8443',
    );
    expect(settings.read().mode).toBe('paired');
  });

  it('is not paired when the keyring is another, or gone', async () => {
    const { settings } = newSettings();
    await createClinicLink({ settings, box, pin, openAttempt: known(accepting) }).pair(wish);
    const other = {
      ...box,
      open: () => {
        throw new Error('another keyring');
      },
    };
    expect(
      createClinicLink({ settings, box: other, pin, openAttempt: known(accepting) }).origin,
    ).toBeUndefined();
    expect(
      createClinicLink({ settings, box: undefined, pin, openAttempt: known(accepting) }).origin,
    ).toBeUndefined();
  });

  it('sends nothing to an address that is not safe', async () => {
    const { settings } = newSettings();
    const request = async () => {
      throw new Error('Something was sent.');
    };
    const link = createClinicLink({ settings, box, pin, openAttempt: known(request) });
    await expect(link.pair({ ...wish, address: 'http://192.168.1.24' })).rejects.toMatchObject({
      code: 'INSECURE_ADDRESS',
    });
    await expect(link.pair({ ...wish, address: 'file:///etc' })).rejects.toMatchObject({
      code: 'BAD_ADDRESS',
    });
  });

  it.each([
    [
      'a refused code',
      () => Response.json({ success: false, error: { code: 'PAIRING_NOT_FOUND' } }),
      'PAIRING_NOT_FOUND',
    ],
    [
      'too many codes',
      () => Response.json({ error: { code: 'TOO_MANY_REQUESTS' } }, { status: 429 }),
      'TOO_MANY_REQUESTS',
    ],
    ['a page that is no clinic', () => new Response('<!doctype html>'), 'HOST_UNREACHABLE'],
    ['another refusal', () => Response.json({ error: { code: 'INTERNAL_ERROR' } }), 'HOST_UNREACHABLE'],
    ['an answer without a credential', () => Response.json({ data: {} }), 'HOST_UNREACHABLE'],
  ])('says what happened: %s', async (_, answer, code) => {
    const { settings } = newSettings();
    const link = createClinicLink({ settings, box, pin, openAttempt: known(async () => answer()) });
    await expect(link.pair(wish)).rejects.toMatchObject({ code });
    expect(link.origin).toBeUndefined();
    expect(settings.read()).toEqual({});
  });

  it('forgets everything', async () => {
    const { settings } = newSettings();
    const link = createClinicLink({ settings, box, pin, openAttempt: known(accepting) });
    await link.pair(wish);
    link.forget();
    expect(link.origin).toBeUndefined();
    expect(settings.read()).toEqual({});
  });

  it("gives the credential to the staff's requests to the clinic's operations, and to no other", async () => {
    const { settings } = newSettings();
    const link = createClinicLink({ settings, box, pin, openAttempt: known(accepting) });
    type Details = { url: string; requestHeaders: Record<string, string>; webContents?: WebContents };
    type Answer = (response: { requestHeaders?: Record<string, string> }) => void;
    let ask: ((details: Details, answer: Answer) => void) | undefined;
    const session = {
      webRequest: {
        onBeforeSendHeaders: (listener: (details: Details, answer: Answer) => void) => {
          ask = listener;
        },
      },
    } as unknown as Session;
    const staff = { id: 1 } as WebContents;
    link.serve(session, (contents) => contents === staff);
    const headersOf = (url: string, webContents?: WebContents, own: Record<string, string> = {}) => {
      let headers: Record<string, string> | undefined;
      ask?.(
        { url, requestHeaders: { Accept: '*/*', ...own }, ...(webContents ? { webContents } : {}) },
        (response) => {
          headers = response.requestHeaders;
        },
      );
      return headers;
    };
    const clinic = 'https://clinica.example:8443';
    expect(headersOf(`${clinic}/api/consultations`, staff)).toBeUndefined();
    await link.pair(wish);
    expect(headersOf(`${clinic}/api/consultations`, staff)).toEqual({
      Accept: '*/*',
      Authorization: `Bearer ${credential}`,
    });
    for (const url of [
      `${clinic}/health`,
      `${clinic}/rtc/validate`,
      `${clinic}/socket.io/`,
      'https://clinica.example/api/consultations',
      'http://clinica.example:8443/api/consultations',
      'https://clinica.example:8443.evil.example/api/consultations',
      'https://evil.example/https://clinica.example:8443/api/',
      'https://clinica.example:8443@evil.example/api/',
    ]) {
      expect(headersOf(url, staff), url).toBeUndefined();
    }
    // A doctor's token in a consultation, a ticket of a file.
    expect(headersOf(`${clinic}/api/consultations`, staff, { authorization: 'Bearer own' })).toBeUndefined();
    expect(headersOf(`${clinic}/api/consultations`)).toBeUndefined();
    expect(headersOf(`${clinic}/api/consultations`, { id: 2 } as WebContents)).toBeUndefined();
    link.forget();
    expect(headersOf(`${clinic}/api/consultations`, staff)).toBeUndefined();
  });
});
