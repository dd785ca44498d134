import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  createAuthority,
  createServerCertificate,
  fingerprintOf,
} from '../../src/main/host/network/certificates.ts';
import { LanSharing } from '../../src/main/host/network/lan-sharing.ts';
import { NetworkStore } from '../../src/main/host/network/network-store.ts';
import { createLog } from '../../src/main/host/runtime/log.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import { fingerprintOf as fingerprintInPage } from '../../src/renderer/app/trust/authority.ts';
import { closeTestHost, HandMadeClient, startTestHost, type TestHost } from '../support/test-host.ts';

/** Loopback stands for the clinic's network here; two computers are in tests/network. */
const onLoopback = { LAN_ADDRESS: '127.0.0.1', TLS_PORT: '0' };
const apiKey = 'a-key-of-the-clinic-for-tests';
const hosts: TestHost[] = [];
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  for (const host of hosts.splice(0)) await closeTestHost(host);
});

async function startHost(environment: Record<string, string> = {}, webRoot?: string): Promise<TestHost> {
  const host = await startTestHost({ API_KEY: apiKey, ...onLoopback, ...environment }, { webRoot });
  hosts.push(host);
  return host;
}

interface Shared {
  readonly host: TestHost;
  readonly url: string;
  readonly fingerprint: string;
  /** The clinic's authority, PEM. */
  readonly authority: string;
}

async function share(environment: Record<string, string> = {}, webRoot?: string): Promise<Shared> {
  const host = await startHost(environment, webRoot);
  const answer = await host.call('POST', '/api/network/sharing', { body: { sharing: true }, token: apiKey });
  expect(answer.body).toMatchObject({ success: true });
  const { urls, fingerprint } = answer.body.data as unknown as { urls: string[]; fingerprint: string };
  const authority = await fetch(`${host.url}/autamedica.crt`).then((response) => response.text());
  return { host, url: urls[0] ?? '', fingerprint, authority };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A request of another computer, that trusts `ca`. */
function ask(
  url: string,
  {
    ca,
    method = 'GET',
    headers = {},
    localAddress,
  }: { ca: string; method?: string; headers?: Record<string, string>; localAddress?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const how = { ca, method, headers, agent: false, servername: 'localhost', localAddress };
    const asked = request(url, how, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('before sharing', () => {
  test('nothing but the loopback door is open', async () => {
    const host = await startHost({ TLS_PORT: '18443' });
    expect((await host.call('GET', '/api/network', { token: apiKey })).body.data).toEqual({
      sharing: false,
      urls: [],
    });
    const socket = connect(18_443, '127.0.0.1');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    expect((await host.call('GET', '/autamedica.crt')).status).toBe(404);
  });
});

describe('shared on the network', () => {
  test('a computer that trusts the clinic reaches it by TLS, and is asked for a credential', async () => {
    const { host, url, authority } = await share();
    const { consultationId, doctorToken } = await host.createConsultation();
    expect(await ask(`${url}/health`, { ca: authority })).toMatchObject({ status: 200 });
    const path = `${url}/api/consultations/${consultationId}`;
    expect(await ask(path, { ca: authority })).toMatchObject({ status: 401 });
    expect(await ask(`${url}/api/waiting-room`, { ca: authority })).toMatchObject({ status: 401 });
    const known = { authorization: `Bearer ${doctorToken}` };
    expect(await ask(path, { ca: authority, headers: known })).toMatchObject({ status: 200 });
  });

  test('who has no credential gets the page about trust, and it counts the fingerprint that the clinic tells', async () => {
    const webRoot = await mkdtemp(join(tmpdir(), 'autamedica-pages-'));
    closing.push(() => rm(webRoot, { recursive: true }));
    await writeFile(join(webRoot, 'index.html'), '<title>The page</title>');
    const { url, authority, fingerprint } = await share({}, webRoot);
    expect(await ask(`${url}/trust`, { ca: authority })).toEqual({
      status: 200,
      body: '<title>The page</title>',
    });
    const { status, body } = await ask(`${url}/autamedica.crt`, { ca: authority });
    expect(status).toBe(200);
    expect(await fingerprintInPage(body)).toBe(fingerprint);
  });

  test('the fingerprint that is told is the authority’s, and the authority speaks for local addresses only', async () => {
    const { fingerprint, authority } = await share();
    expect(fingerprintOf(authority)).toBe(fingerprint);
    const certificate = new X509Certificate(authority);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  test('a computer that trusts another authority refuses it', async () => {
    const { url } = await share();
    const other = await createAuthority('Somebody else', Date.now());
    await expect(ask(`${url}/health`, { ca: other.certificate })).rejects.toThrow(/certificate|issuer/i);
  });

  test('clear text is refused', async () => {
    const { url } = await share();
    const asked = httpRequest(`${url.replace('https', 'http')}/health`, { agent: false });
    asked.end();
    const [error] = (await once(asked, 'error')) as [Error];
    expect(error.message).toMatch(/socket hang up|ECONNRESET|Parse Error/);
  });

  test('a name that was rebound to this computer is refused, and a page of another site', async () => {
    const { url, authority } = await share();
    const rebound = await ask(`${url}/health`, { ca: authority, headers: { host: 'clinic.example' } });
    expect(rebound).toMatchObject({ status: 403 });
    const foreign = await ask(`${url}/health`, {
      ca: authority,
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(foreign).toMatchObject({ status: 403 });
  });

  test('signaling works there, and only with a token', async () => {
    const { host, url, authority } = await share();
    const { doctorToken, doctorId } = await host.createConsultation();
    const client = new HandMadeClient(url, doctorToken, { ca: authority });
    closing.push(() => client.close());
    const joined = await client.request('join', {});
    expect(joined).toMatchObject({ state: { self: { identity: doctorId } } });

    const stranger = io(url, {
      ca: authority,
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    closing.push(() => void stranger.close());
    const refusal = await new Promise<{ data?: unknown }>((resolve) => {
      stranger.once('connect_error', resolve);
    });
    expect(refusal.data).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('invitations lead to the network, and tell by what the clinic is known there', async () => {
    const { host, url, fingerprint } = await share();
    const { invitationUrl, consultationId } = await host.createConsultation();
    expect(invitationUrl).toMatch(new RegExp(`^${url}/join/`));
    const { body } = await host.call('POST', `/api/consultations/${consultationId}/invitations`, {
      token: apiKey,
      body: { role: 'observer' },
    });
    const link = new URL(String(body.data?.link));
    expect(link.searchParams.get('host')).toBe(url);
    expect(link.searchParams.get('fingerprint')).toBe(fingerprint);
  });

  test('sharing ends for those who are connected too, and is remembered', async () => {
    const { host, url, authority } = await share();
    const { doctorToken } = await host.createConsultation();
    const client = new HandMadeClient(url, doctorToken, { ca: authority });
    closing.push(() => client.close());
    await client.request('join', {});
    await host.call('POST', '/api/network/sharing', { body: { sharing: false }, token: apiKey });
    await client.disconnected();
    await expect(ask(`${url}/health`, { ca: authority })).rejects.toThrow(/ECONNREFUSED/);
  });

  test('is on again after a restart, with the same authority', async () => {
    const { host, fingerprint } = await share();
    await host.close();
    const again = await startTestHost({ API_KEY: apiKey, ...onLoopback, DATA_DIR: host.dataDir });
    hosts.push(again);
    expect((await again.call('GET', '/api/network', { token: apiKey })).body.data).toMatchObject({
      sharing: true,
      fingerprint,
    });
  });

  test('one computer holds so many connections and no more, and the door stays open to others', async () => {
    const { url, authority } = await share();
    const sockets = Array.from({ length: 300 }, () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      return socket;
    });
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
    });
    const isOpen = () => sockets.filter(({ readyState }) => readyState === 'open').length;
    await vi.waitUntil(() => isOpen() === 256, { timeout: 5_000 });
    await expect(ask(`${url}/health`, { ca: authority })).rejects.toThrow();
    // macOS has no second address of its own by itself.
    if (process.platform !== 'darwin') {
      const from = { ca: authority, localAddress: '127.0.0.2' };
      expect(await ask(`${url}/health`, from)).toMatchObject({ status: 200 });
    }
    for (const socket of sockets.splice(0)) socket.destroy();
    await vi.waitUntil(
      () =>
        ask(`${url}/health`, { ca: authority }).then(
          ({ status }) => status === 200,
          () => false,
        ),
      { timeout: 5_000 },
    );
  });

  test('who forges where they come from is limited by where they do come from', async () => {
    const { url, authority } = await share({ TRUST_PROXY: 'on' });
    const statuses = [];
    for (let guess = 0; guess < 40; guess += 1) {
      const answer = await ask(`${url}/api/invitations/2222${10 + guess}`, {
        ca: authority,
        headers: { 'x-forwarded-for': `203.0.113.${guess}` },
      });
      statuses.push(answer.status);
    }
    expect(statuses).toContain(429);
  });
});

describe('what keeps it from being shared is said', () => {
  test('a taken port', async () => {
    const blocker = createServer().listen(0);
    await once(blocker, 'listening');
    closing.push(() => new Promise((resolve) => blocker.close(resolve)));
    const { port } = blocker.address() as { port: number };
    const host = await startHost({ TLS_PORT: String(port) });
    const answer = await host.call('POST', '/api/network/sharing', {
      body: { sharing: true },
      token: apiKey,
    });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'TLS_PORT_TAKEN' } } });
    expect((await host.call('GET', '/api/network', { token: apiKey })).body.data).toMatchObject({
      sharing: false,
    });
  });

  test('a certificate file that is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'autamedica-tls-'));
    closing.push(() => rm(folder, { recursive: true }));
    const [certificateFile, keyFile] = [join(folder, 'c.pem'), join(folder, 'k.pem')];
    await writeFile(certificateFile, 'no certificate');
    await writeFile(keyFile, 'no key');
    const host = await startHost({ TLS_CERT: certificateFile, TLS_KEY: keyFile });
    const answer = await host.call('POST', '/api/network/sharing', {
      body: { sharing: true },
      token: apiKey,
    });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'CERTIFICATE_UNUSABLE' } } });
  });
});

test('a certificate of the clinic’s own is served as it is, without a fingerprint to pin', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-tls-'));
  closing.push(() => rm(folder, { recursive: true }));
  const authority = await createAuthority('An authority of the hospital', Date.now());
  const own = await createServerCertificate(authority, ['localhost'], Date.now());
  const [certificateFile, keyFile] = [join(folder, 'c.pem'), join(folder, 'k.pem')];
  await writeFile(certificateFile, own.certificate);
  await writeFile(keyFile, own.key);
  const host = await startHost({ TLS_CERT: certificateFile, TLS_KEY: keyFile });
  const answer = await host.call('POST', '/api/network/sharing', { body: { sharing: true }, token: apiKey });
  const { urls, ...rest } = answer.body.data as unknown as { urls: string[] };
  expect(rest).toEqual({ sharing: true });
  expect(await ask(`${urls[0]}/health`, { ca: authority.certificate })).toMatchObject({ status: 200 });
});

test('a certificate is renewed 30 days ahead by the same authority; open connections go on, new ones get the new one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-renewal-'));
  const database = await openDatabase(join(folder, 'clinic.db'), 'a'.repeat(64));
  const day = 24 * 60 * 60_000;
  let time = Date.now() - 61 * day;
  const sharing = new LanSharing({
    settings: { tlsPort: 0, ownCertificate: undefined, address: undefined, share: undefined },
    store: new NetworkStore(database, new GroupCommit(database)),
    clinicName: () => 'Clínica San Martín',
    log: createLog({ format: 'json', level: 'silent' }),
    now: () => time,
    addresses: () => ['127.0.0.1'],
    localName: () => 'clinic.local',
    announce: async (announced) => ({ announced, stop: async () => undefined }),
    serve: (server) => server.on('upgrade', (_, socket) => socket.pipe(socket)),
    changed: () => undefined,
  });
  closing.push(
    () => rm(folder, { recursive: true }),
    () => database.destroy(),
  );
  const { urls, fingerprint } = await sharing.share(true);
  const ca = (await sharing.authorityCertificate()) ?? '';
  const port = Number(new URL(urls[0] ?? '').port);
  const open = async () => {
    const socket = tlsConnect({ host: '127.0.0.1', port, ca });
    await once(socket, 'secureConnect');
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    return { socket, shown: socket.getPeerCertificate().fingerprint256 };
  };
  const echo = async ({ socket }: Awaited<ReturnType<typeof open>>, text: string) => {
    socket.write(text);
    return String((await once(socket, 'data'))[0]);
  };
  const first = await open();
  expect(await echo(first, 'before')).toBe('before');
  time += 59 * day;
  await sharing.refresh();
  expect((await open()).shown).toBe(first.shown);

  time += 2 * day;
  await sharing.refresh();
  const second = await open();
  expect(second.socket.authorized).toBe(true);
  expect(second.shown).not.toBe(first.shown);
  expect(sharing.status().fingerprint).toBe(fingerprint);
  expect(await echo(first, 'after')).toBe('after');
  expect(await echo(second, 'new')).toBe('new');
  await sharing.close();
});

test('the authority’s word for an address of the internet is not taken', async () => {
  const authority = await createAuthority('Clínica, S. A.', Date.now());
  const forged = await createServerCertificate(authority, ['bank.example', '127.0.0.1'], Date.now());
  const { createServer: createTlsServer } = await import('node:https');
  const server = createTlsServer({ key: forged.key, cert: forged.certificate }, (_, response) =>
    response.end(),
  );
  server.listen(0);
  await once(server, 'listening');
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as { port: number };
  const socket = tlsConnect({
    port,
    host: '127.0.0.1',
    ca: authority.certificate,
    servername: 'bank.example',
  });
  const [error] = (await once(socket, 'error')) as [Error];
  expect(error.message).toMatch(/permitted subtree/);
});
