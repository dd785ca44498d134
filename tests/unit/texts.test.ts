/** Both languages say everything, and nothing is said that no screen shows. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Texts = { readonly [key: string]: string | Texts };

function read(language: string): Map<string, string> {
  const texts: Texts = JSON.parse(readFileSync(join(root, `resources/locales/${language}.json`), 'utf8'));
  const flat = new Map<string, string>();
  const walk = (branch: Texts, path: string) => {
    for (const [key, value] of Object.entries(branch)) {
      const name = path ? `${path}.${key}` : key;
      if (typeof value === 'string') flat.set(name, value);
      else walk(value, name);
    }
  };
  walk(texts, '');
  return flat;
}

const withoutPlural = (key: string) => key.replace(/_(zero|one|other)$/, '');

/** Every string in our sources that has the form of a key of ours. */
function keysInSources(sections: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const folder of ['app', 'screens', 'components']) {
    for (const entry of readdirSync(join(root, 'src/renderer', folder), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
      const source = readFileSync(join(entry.parentPath, entry.name), 'utf8');
      for (const [, key = ''] of source.matchAll(/['"`]([a-zA-Z]+\.[a-zA-Z0-9]+)['"`]/g)) {
        if (sections.has(key.split('.')[0] ?? '')) found.add(key);
      }
    }
  }
  return found;
}

const spanish = read('es');
const english = read('en');
const sections = new Set([...spanish.keys()].map((key) => key.split('.')[0] ?? ''));
const used = keysInSources(sections);
const known = new Set([...spanish.keys()].map(withoutPlural));

test('Spanish and English have the same texts', () => {
  expect([...english.keys()].sort()).toEqual([...spanish.keys()].sort());
});

test('no text is empty, and both languages fill in the same values', () => {
  const values = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).sort();
  for (const [key, text] of spanish) {
    expect(text, key).not.toBe('');
    expect(values(english.get(key) ?? ''), key).toEqual(values(text));
  }
});

test('every text the screens ask for exists', () => {
  expect([...used].filter((key) => !known.has(key))).toEqual([]);
});

test('every text is shown somewhere', () => {
  expect([...known].filter((key) => !used.has(key))).toEqual([]);
});
