/** The settings of the clinic's bucket: what is taken, and what is said of what is not. */
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/main/host/runtime/config.ts';

const all = {
  S3_ENDPOINT: 'https://s3.example',
  S3_BUCKET: 'clinic',
  S3_ACCESS_KEY_ID: 'id',
  S3_SECRET_ACCESS_KEY: 'secret',
};

test('none of them: recordings stay on this disk', () => {
  expect(loadConfig({}).s3).toBeUndefined();
  expect(loadConfig({ S3_REGION: 'elsewhere', S3_PREFIX: 'a' }).s3).toBeUndefined();
});

test('four are needed, and the others have a sensible value', () => {
  expect(loadConfig(all).s3).toEqual({
    endpoint: 'https://s3.example',
    region: 'us-east-1',
    bucket: 'clinic',
    prefix: '',
    accessKeyId: 'id',
    secretAccessKey: 'secret',
    forcePathStyle: true,
    authorityFile: undefined,
    keepLocalDays: undefined,
  });
});

test('all of them', () => {
  expect(
    loadConfig({
      ...all,
      S3_ENDPOINT: 'http://127.0.0.1:9000/',
      S3_REGION: 'sa-east-1',
      S3_PREFIX: '/clinics/one/',
      S3_FORCE_PATH_STYLE: 'off',
      S3_CA: '/etc/authority.pem',
      S3_KEEP_LOCAL_DAYS: '30',
    }).s3,
  ).toMatchObject({
    endpoint: 'http://127.0.0.1:9000',
    region: 'sa-east-1',
    prefix: 'clinics/one/',
    forcePathStyle: false,
    authorityFile: '/etc/authority.pem',
    keepLocalDays: 30,
  });
});

test.each([
  [
    { S3_ENDPOINT: 'https://s3.example' },
    'S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: needed with S3_ENDPOINT',
  ],
  [{ ...all, S3_BUCKET: '' }, 'S3_BUCKET: needed with S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY'],
  [{ ...all, S3_ENDPOINT: 'http://s3.example' }, 'S3_ENDPOINT: use https'],
  [{ ...all, S3_ENDPOINT: 'https://s3.example/clinic' }, 'S3_ENDPOINT: give the address without a path'],
  [{ ...all, S3_BUCKET: 'My Bucket' }, 'S3_BUCKET: use the name of a bucket'],
  [{ ...all, S3_PREFIX: 'a b' }, 'S3_PREFIX: use letters'],
  [{ ...all, S3_KEEP_LOCAL_DAYS: 'a week' }, 'S3_KEEP_LOCAL_DAYS must be a number'],
])('%o is refused by the name of the variable', (environment, words) => {
  expect(() => loadConfig(environment)).toThrow(words);
});
