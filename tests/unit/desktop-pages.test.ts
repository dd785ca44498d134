/** What the app's own scheme serves, and the pages the shell makes itself. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { contentTypeOf, listAssets } from '../../src/main/desktop/assets.ts';
import { contentSecurityPolicy } from '../../src/main/desktop/content-policy.ts';
import { failurePage } from '../../src/main/desktop/failure-page.ts';
import { textsFor } from '../../src/main/desktop/texts.ts';

const folder = mkdtempSync(join(tmpdir(), 'autamedica-assets-'));
mkdirSync(join(folder, 'pages/assets'), { recursive: true });
writeFileSync(join(folder, 'secret.json'), '{}');
writeFileSync(join(folder, 'pages/index.html'), '<!doctype html>');
writeFileSync(join(folder, 'pages/assets/index-1.js'), '');
afterAll(() => rmSync(folder, { recursive: true }));

describe('listAssets', () => {
  const assets = listAssets(join(folder, 'pages'));
  const page = join(folder, 'pages/index.html');

  it('finds files, and the one page for every address without an extension', () => {
    expect(assets.find('/assets/index-1.js')).toBe(join(folder, 'pages/assets/index-1.js'));
    for (const path of ['/', '/join', '/consultation/c-1']) expect(assets.find(path)).toBe(page);
  });

  it.each([
    '/../secret.json',
    '/..%2fsecret.json',
    '/assets/../../secret.json',
    '/..\\secret.json',
    '/secret.json',
    '/x.js',
  ])('finds nothing for %s', (path) => {
    expect(assets.find(path)).toBeUndefined();
  });

  it('names the type of what it serves, and never guesses a script', () => {
    expect(contentTypeOf('a/index-1.js')).toMatch(/^text\/javascript/);
    expect(contentTypeOf('a/x.unknown')).toBe('application/octet-stream');
  });
});

describe('contentSecurityPolicy', () => {
  it('begins with nothing and allows no inline or evaluated script, frame or plugin', () => {
    expect(contentSecurityPolicy).toMatch(/^default-src 'none';/);
    expect(contentSecurityPolicy).toContain("script-src 'self';");
    expect(contentSecurityPolicy).toContain("frame-src 'none'");
    expect(contentSecurityPolicy).toContain("object-src 'none'");
    expect(contentSecurityPolicy).not.toContain('unsafe-eval');
  });
});

describe('failurePage', () => {
  it('shows a message as text, whatever is in it', () => {
    const words = '<img src=x onerror="alert(1)">';
    const html = failurePage(
      { name: 'failed', reason: 'other', message: words, detail: words },
      textsFor('es-AR'),
    );
    expect(html).not.toContain('<img');
    expect(html).toContain('&#60;img src=x onerror=&#34;alert(1)&#34;&#62;');
  });
});

describe('textsFor', () => {
  it('is Spanish unless the person uses English', () => {
    expect(textsFor('es-AR').retry).toBe('Reintentar');
    expect(textsFor('').retry).toBe('Reintentar');
    expect(textsFor('en-US').retry).toBe('Try again');
  });
});
