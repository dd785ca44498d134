/** Which server is believed to be the clinic's bucket: one whose certificate is trusted, also by an authority of the clinic's own. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAuthority, createServerCertificate } from '../../src/main/host/network/certificates.ts';
import { openBucket } from '../../src/main/host/recordings/s3-bucket.ts';
import { loadConfig } from '../../src/main/host/runtime/config.ts';

let folder: string;
let server: Server;
let authorityFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-test-'));
  const authority = await createAuthority('Clínica', Date.now());
  const { certificate, key } = await createServerCertificate(authority, ['127.0.0.1'], Date.now());
  authorityFile = join(folder, 'authority.pem');
  await writeFile(authorityFile, authority.certificate);
  server = createServer({ cert: certificate, key }, (request, response) => {
    request.resume();
    response.writeHead(404, { 'content-type': 'application/xml' });
    response.end('<Error><Code>NoSuchBucket</Code><Message>There is none</Message></Error>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

async function open(change: Record<string, string> = {}) {
  const { s3 } = loadConfig({
    S3_ENDPOINT: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    S3_BUCKET: 'clinic',
    S3_ACCESS_KEY_ID: 'id',
    S3_SECRET_ACCESS_KEY: 'secret',
    ...change,
  });
  if (s3 === undefined) throw new Error('not set up');
  const bucket = await openBucket(s3);
  return bucket.unfinished({ bucket: 'clinic', key: 'EG_one.age' }, new AbortController().signal);
}

test('a certificate of nobody known is not trusted', async () => {
  await expect(open()).rejects.toMatchObject({ kind: 'certificate' });
});

test('one of the authority of the settings is', async () => {
  await expect(open({ S3_CA: authorityFile })).rejects.toMatchObject({
    kind: 'bucket',
    detail: 'NoSuchBucket: There is none',
  });
});

test('a file that is not there is named', async () => {
  await expect(open({ S3_CA: join(folder, 'none.pem') })).rejects.toThrow(
    /^S3_CA: .*none\.pem cannot be read$/,
  );
});
