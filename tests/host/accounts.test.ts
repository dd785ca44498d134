import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StaffAccounts } from '../../src/main/host/staff/accounts.ts';
import { closeTestHost, HandMadeClient, startTestHost, type TestHost } from '../support/test-host.ts';

interface Key {
  readonly id: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function newKey(id: string): Key {
  return { id, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
}

/** A stand-in for a Supabase project: its key set, and how often it was asked for. */
class Project {
  keys: Key[] = [newKey('first')];
  asked = 0;
  answer: 'keys' | 'broken' | 'nothing' = 'keys';
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      this.asked += 1;
      if (this.answer === 'nothing') return request.socket.destroy();
      if (this.answer === 'broken' || request.url !== '/auth/v1/.well-known/jwks.json') {
        response.statusCode = 500;
        return response.end();
      }
      const keys = await Promise.all(
        this.keys.map(async ({ id, publicKey }) => ({
          ...(await exportJWK(publicKey)),
          kid: id,
          alg: 'ES256',
          use: 'sig',
        })),
      );
      return response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    });
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()));
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get issuer(): string {
    return `${this.url}/auth/v1`;
  }
}

const claims = (role: unknown, extra: Record<string, unknown> = {}) => ({
  email: 'somebody@clinic.example',
  app_metadata: { autamedica_role: role },
  ...extra,
});

interface Wish {
  readonly key?: Key;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string | number;
  readonly payload?: Record<string, unknown>;
}

let project: Project;
beforeEach(async () => {
  project = new Project();
  await project.start();
});
afterEach(() => project.stop());

function sign({ key = project.keys[0], issuer, audience, expires, payload }: Wish = {}): Promise<string> {
  if (key === undefined) throw new Error('There is no key.');
  return new SignJWT(payload ?? claims('clinician'))
    .setProtectedHeader({ alg: 'ES256', kid: key.id })
    .setSubject('0d9c3c1e-user')
    .setIssuer(issuer ?? project.issuer)
    .setAudience(audience ?? 'authenticated')
    .setIssuedAt()
    .setExpirationTime(expires ?? '1h')
    .sign(key.privateKey);
}

const accounts = (keysEvery?: number) =>
  new StaffAccounts({ url: project.url, jwtSecret: undefined }, keysEvery);

describe('an account of the project', () => {
  test.each(['admin', 'clinician', 'reception'] as const)(
    'is %s when its app_metadata says so',
    async (role) => {
      expect(await accounts().identify(await sign({ payload: claims(role) }))).toEqual({
        role,
        staff: { kind: 'account', id: '0d9c3c1e-user', name: 'somebody@clinic.example' },
      });
    },
  );

  test.each([
    ['no role', {}],
    ['an unknown role', { app_metadata: { autamedica_role: 'owner' } }],
    ["a participant's role", { app_metadata: { autamedica_role: 'doctor' } }],
    ['a role in user_metadata', { user_metadata: { autamedica_role: 'admin' } }],
    ['a role beside the metadata', { autamedica_role: 'admin', role: 'authenticated' }],
    ['a list of roles', { app_metadata: { autamedica_role: ['admin'] } }],
  ])('with %s is nobody here', async (_, payload) => {
    await expect(accounts().identify(await sign({ payload }))).rejects.toMatchObject({
      code: 'NO_STAFF_ROLE',
    });
  });

  test('is refused when its token has expired', async () => {
    const token = await sign({ expires: Math.floor(Date.now() / 1000) - 1 });
    await expect(accounts().identify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  test('is refused with a token that never expires', async () => {
    const [key] = project.keys;
    const token = await new SignJWT(claims('admin'))
      .setProtectedHeader({ alg: 'ES256', kid: 'first' })
      .setSubject('x')
      .setIssuer(project.issuer)
      .setAudience('authenticated')
      .sign(key?.privateKey as KeyObject);
    await expect(accounts().identify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test('is refused with the key of somebody else, also under a known name', async () => {
    for (const key of [newKey('first'), newKey('unknown')]) {
      await expect(accounts().identify(await sign({ key }))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    }
  });

  test('is refused for another audience: anonymous visitors and the service itself are no staff', async () => {
    for (const audience of ['anon', 'service_role', '']) {
      await expect(accounts().identify(await sign({ audience }))).rejects.toMatchObject({
        code: 'TOKEN_INVALID',
      });
    }
  });

  test('of another project is not even looked at', async () => {
    const token = await sign({ issuer: 'https://other.supabase.co/auth/v1' });
    expect(await accounts().identify(token)).toBeUndefined();
    expect(project.asked).toBe(0);
  });

  test('is refused without a signature, and with the public key taken for a secret', async () => {
    const { publicKey } = project.keys[0] as Key;
    const unsigned = new UnsecuredJWT(claims('admin'))
      .setSubject('x')
      .setIssuer(project.issuer)
      .setAudience('authenticated')
      .setExpirationTime('1h')
      .encode();
    await expect(accounts().identify(unsigned)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    for (const secret of [
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      JSON.stringify(await exportJWK(publicKey)),
    ]) {
      const confused = await new SignJWT(claims('admin'))
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .setSubject('x')
        .setIssuer(project.issuer)
        .setAudience('authenticated')
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(secret));
      await expect(accounts().identify(confused)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    }
  });

  test('signs in with a new key after the project changed its keys, and no more with the old one', async () => {
    const staff = accounts(0);
    const [old] = project.keys as [Key];
    await staff.identify(await sign());
    const next = newKey('second');
    project.keys = [next];
    await expect(staff.identify(await sign({ key: next }))).resolves.toMatchObject({ role: 'clinician' });
    await expect(staff.identify(await sign({ key: old }))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  test('made-up keys do not make the project be asked again and again', async () => {
    const staff = accounts();
    await staff.identify(await sign());
    for (let index = 0; index < 20; index += 1) {
      await staff.identify(await sign({ key: newKey(`made-up-${index}`) })).catch(() => undefined);
    }
    expect(project.asked).toBe(1);
  });

  test.each(['nothing', 'broken'] as const)(
    'cannot be checked while the keys cannot be had (%s), and can when they come back',
    async (answer) => {
      project.answer = answer;
      const staff = accounts();
      await expect(staff.identify(await sign())).rejects.toMatchObject({ code: 'SIGN_IN_UNAVAILABLE' });
      project.answer = 'keys';
      await expect(staff.identify(await sign())).resolves.toMatchObject({ role: 'clinician' });
    },
  );

  test('goes on with the keys it has while the project does not answer', async () => {
    const staff = accounts();
    await staff.identify(await sign());
    project.answer = 'nothing';
    await expect(staff.identify(await sign())).resolves.toMatchObject({ role: 'clinician' });
  });
});

describe('with a shared secret', () => {
  const jwtSecret = 'a-secret-of-the-project-with-32-characters';
  const signed = (secret: string, alg = 'HS256') =>
    new SignJWT(claims('reception'))
      .setProtectedHeader({ alg })
      .setSubject('x')
      .setIssuer(project.issuer)
      .setAudience('authenticated')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(secret));

  test('the secret decides, and nobody is asked', async () => {
    const staff = new StaffAccounts({ url: project.url, jwtSecret });
    expect(await staff.identify(await signed(jwtSecret))).toMatchObject({ role: 'reception' });
    for (const token of [
      await signed(`${jwtSecret}x`),
      await signed(jwtSecret.padEnd(64, '-'), 'HS512'),
      await sign(),
    ]) {
      await expect(staff.identify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    }
    expect(project.asked).toBe(0);
  });
});

describe('at the door', () => {
  let without: TestHost;
  beforeAll(async () => {
    without = await startTestHost({ API_KEY: 'a-key-of-the-clinic-for-tests' });
  });
  afterAll(() => closeTestHost(without));

  test('an account has the rights of its role over HTTP, and opens no socket', async () => {
    const host = await startTestHost({ SUPABASE_URL: project.url });
    const token = await sign({ payload: claims('reception') });
    const self = await host.call('GET', '/api/staff/me', { token });
    expect(self.body.data).toMatchObject({ role: 'reception', name: 'somebody@clinic.example' });
    expect((await host.call('GET', '/api/waiting-room', { token })).status).toBe(200);
    const refused = await host.call('GET', '/api/staff/devices', { token });
    expect(refused.body.error?.code).toBe('FORBIDDEN');
    await expect(new HandMadeClient(host.url, token).connected()).rejects.toThrow('TOKEN_INVALID');
    await closeTestHost(host);
  });

  test('without the setting nobody is asked, and such a token is one of nobody', async () => {
    const answer = await without.call('GET', '/api/staff/me', { token: await sign() });
    expect(answer.body.error?.code).toBe('TOKEN_INVALID');
    expect(project.asked).toBe(0);
  });
});
