/** Both languages say everything, and nothing is said that no screen shows. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Texts = { readonly [key: string]: string | Texts };

const textsOf = (name: string): Texts =>
  JSON.parse(readFileSync(join(root, `resources/locales/${name}.json`), 'utf8'));

function read(language: string): Map<string, string> {
  const texts: Texts = { ...textsOf(language), ...textsOf(`${language}.staff`) };
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

/** The modules that are loaded for who comes by an invitation, or before it is known who comes. */
function sourcesForEverybody(): ReadonlySet<string> {
  const app = join(root, 'src/renderer/app');
  const staff = [
    'clinic/clinic-app.tsx',
    'consultation/consultation-app.tsx',
    'staff/staff-door.tsx',
    'gallery/gallery.tsx',
  ];
  const found = new Set(staff.map((path) => join(app, path)));
  const follow = (path: string) => {
    if (found.has(path) || !path.startsWith(join(root, 'src/renderer')) || !/\.tsx?$/.test(path)) return;
    found.add(path);
    for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^'?]+)'/g))
      follow(normalize(join(dirname(path), name)));
  };
  follow(join(app, 'main.tsx'));
  for (const path of staff) found.delete(join(app, path));
  return found;
}

const withoutPlural = (key: string) => key.replace(/_(zero|one|other)$/, '');

/** Every string that has the form of a key. */
const keysIn = (source: string): string[] =>
  [...source.matchAll(/['"`]([a-zA-Z]+\.[a-zA-Z0-9]+)['"`]/g)].map(([, key = '']) => key);

/** Every string in our sources that has the form of a key of ours. */
function keysInSources(sections: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const folder of ['app', 'screens', 'components']) {
    for (const entry of readdirSync(join(root, 'src/renderer', folder), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
      for (const key of keysIn(readFileSync(join(entry.parentPath, entry.name), 'utf8')))
        if (sections.has(key.split('.')[0] ?? '')) found.add(key);
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

test('what everybody is shown is not among the texts that only the staff load', () => {
  const staff = new Set(Object.keys(textsOf('es.staff')));
  const sources = sourcesForEverybody();
  expect(sources.size).toBeGreaterThan(60);
  const asked = [...sources].flatMap((path) => keysIn(readFileSync(path, 'utf8')));
  expect(asked.length).toBeGreaterThan(200);
  expect(asked.filter((key) => staff.has(key.split('.')[0] ?? ''))).toEqual([]);
  expect(Object.keys(textsOf('es')).filter((section) => staff.has(section))).toEqual([]);
});
