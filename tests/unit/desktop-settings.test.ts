/** What the desktop app is started for, and what it remembers. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { decideMode, openSettings } from '../../src/main/desktop/settings.ts';

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'autamedica-settings-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('decideMode', () => {
  it.each([
    { parameters: [], saved: undefined, invited: false, mode: 'ask' },
    { parameters: [], saved: undefined, invited: true, mode: 'client' },
    { parameters: [], saved: 'clinic', invited: true, mode: 'clinic' },
    { parameters: [], saved: 'client', invited: false, mode: 'client' },
    { parameters: ['--clinic'], saved: 'client', invited: true, mode: 'clinic' },
    { parameters: ['--client'], saved: 'clinic', invited: false, mode: 'client' },
    { parameters: [], saved: 'paired', invited: true, mode: 'paired' },
    { parameters: ['--ask'], saved: 'paired', invited: false, mode: 'ask' },
  ] as const)(
    '$parameters, saved $saved, invited $invited: $mode',
    ({ parameters, saved, invited, mode }) => {
      expect(decideMode(parameters, saved, invited)).toBe(mode);
    },
  );
});

describe('openSettings', () => {
  it('remembers', () => {
    const folder = join(newFolder(), 'not there yet');
    expect(openSettings(folder).read()).toEqual({});
    openSettings(folder).write({ mode: 'clinic' });
    expect(openSettings(folder).read()).toEqual({ mode: 'clinic' });
    // A credential may lie in it.
    if (process.platform !== 'win32') expect(statSync(join(folder, 'desktop.json')).mode & 0o077).toBe(0);
  });

  it.each(['', '{', '[]', '{"mode":"admin"}', '{"clinic":{"origin":1}}', 'null'])(
    'starts anew from a damaged file: %s',
    (text) => {
      const folder = newFolder();
      writeFileSync(join(folder, 'desktop.json'), text);
      expect(openSettings(folder).read()).toEqual({});
    },
  );
});
