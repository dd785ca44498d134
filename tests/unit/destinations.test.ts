import { describe, expect, test } from 'vitest';
import { destinationsOf } from '../../src/main/host/network/destinations.ts';
import { loadConfig } from '../../src/main/host/runtime/config.ts';
import type { LiveKitStatus } from '../../src/shared/contract/contract.ts';

const supabase = 'https://abcd.supabase.co';
const external = {
  LIVEKIT_API_URL: 'wss://video.example:7443',
  LIVEKIT_API_KEY: 'key',
  LIVEKIT_API_SECRET: 's'.repeat(32),
};
const s3 = {
  S3_ENDPOINT: 'https://s3.example:9000',
  S3_BUCKET: 'clinic',
  S3_ACCESS_KEY_ID: 'id',
  S3_SECRET_ACCESS_KEY: 'secret',
};
const of = (environment: Record<string, string>, state: LiveKitStatus['state'] = 'ready') =>
  destinationsOf(loadConfig(environment), { status: () => ({ kind: 'embedded', state }) }).map(
    ({ reason, host }) => `${reason} ${host}`,
  );

describe('what leaves the clinic', () => {
  test('is nothing, until a setting says so', () => {
    expect(of({})).toEqual([]);
    expect(of({}, 'starting')).toEqual([]);
  });

  test.each([
    [{ SUPABASE_URL: supabase }, ['accounts abcd.supabase.co']],
    [{ SUPABASE_URL: supabase, SUPABASE_JWT_SECRET: 's'.repeat(32) }, []],
    [
      { SUPABASE_URL: supabase, SUPABASE_SERVICE_KEY: 'key', SUPABASE_JWT_SECRET: 's'.repeat(32) },
      ['tracking abcd.supabase.co'],
    ],
    [{ SUPABASE_URL: 'http://127.0.0.1:54321', SUPABASE_SERVICE_KEY: 'key' }, []],
    [s3, ['recordings s3.example:9000']],
    [{ ...s3, S3_FORCE_PATH_STYLE: 'off' }, ['recordings clinic.s3.example:9000']],
    [{ ...s3, S3_ENDPOINT: 'http://127.0.0.1:9000', S3_FORCE_PATH_STYLE: 'off' }, []],
    [external, ['video-server video.example:7443']],
    [{ REDIS_URL: 'rediss://user:password@redis.example' }, ['redis redis.example:6379']],
    [{ REDIS_URL: 'redis://127.0.0.1' }, []],
    [{ ...external, REDIS_URL: 'redis://redis.example' }, ['video-server video.example:7443']],
  ])('follows the settings: %o', (environment, expected) => {
    expect(of(environment as Record<string, string>)).toEqual(expected);
  });

  test('is the download of the video server while there is none, unless none is wanted', () => {
    const download = ['video-server-download github.com', 'video-server-download GOPROXY'];
    expect(of({}, 'bringing')).toEqual(download);
    expect(of({}, 'absent')).toEqual(download);
    expect(of({ LIVEKIT_EMBEDDED: 'off' }, 'absent')).toEqual([]);
    expect(of(external, 'failed')).toEqual(['video-server video.example:7443']);
  });
});
