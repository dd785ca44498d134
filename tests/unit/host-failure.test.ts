import { describe, expect, it } from 'vitest';
import { hostFailureText } from '../../src/main/desktop/host-failure-texts.ts';
import { HostFailureError, hostFailureOf } from '../../src/main/host/runtime/host-failure.ts';
import { hostFailureReasons } from '../../src/shared/contract/host-failure.ts';

const withCode = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: something`), { code, ...(path === undefined ? {} : { path }) });

describe('why a host did not start', () => {
  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['SQLITE_FULL', 'disk-full'],
    ['SQLITE_IOERR_WRITE', 'disk-full'],
    ['EACCES', 'folder-not-writable'],
    ['EROFS', 'folder-not-writable'],
    ['ENOTDIR', 'folder-not-writable'],
    ['SQLITE_READONLY', 'folder-not-writable'],
    ['SQLITE_CANTOPEN', 'folder-not-writable'],
    ['ECONNRESET', 'other'],
  ])('%s of the system is %s', (code, reason) => {
    expect(hostFailureOf(withCode(code, '/data'))).toMatchObject({ reason, detail: `${code}: something` });
  });

  it('is what the host says, with what it is about', () => {
    const error = new HostFailureError('keys-missing', 'The keys are missing.', {
      path: '/data/secrets.json',
    });
    expect(hostFailureOf(error)).toEqual({
      reason: 'keys-missing',
      detail: 'The keys are missing.',
      path: '/data/secrets.json',
    });
    expect(hostFailureOf('a text')).toEqual({ reason: 'other', detail: 'a text' });
  });
});

describe.each(['es', 'en'] as const)('in the language %s', (language) => {
  const other = { language: language === 'es' ? 'en' : 'es' } as const;
  const failure = {
    detail: '',
    port: 8888,
    path: '/data/clinic.db',
    backup: { createdAt: '2026-01-02T03:04:05Z', folder: '/data/backups/clinic-1' },
  };

  it.each(hostFailureReasons)('%s is a sentence of its own that says what to do', (reason) => {
    const text = hostFailureText({ ...failure, reason }, { language });
    expect(text.length).toBeGreaterThan(60);
    expect(text).not.toContain('undefined');
    expect(text).not.toBe(hostFailureText({ ...failure, reason }, other));
  });

  it.each(hostFailureReasons.filter((reason) => reason.startsWith('database')))(
    '%s names the backup to restore, and does without one',
    (reason) => {
      expect(hostFailureText({ ...failure, reason }, { language })).toContain(
        'npm run host -- restore "/data/backups/clinic-1"',
      );
      const alone = hostFailureText({ reason, detail: '', path: '/data/clinic.db' }, { language });
      expect(alone).not.toContain('undefined');
    },
  );
});
