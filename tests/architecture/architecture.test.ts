import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return filesBelow(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

/** Modules a file imports, types included: own ones as paths from the root, packages by name. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1] ?? '',
  );
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? relative(root, resolve(root, dirname(path), specifier)) : specifier,
  );
}

/** Starts a transaction of its own, or changes rows by something that is not the transaction of a group commit. */
function writesElsewhere(text: string): boolean {
  const changes = [
    ...text.matchAll(/([\w#]+)\s*\.(insertInto|replaceInto|updateTable|deleteFrom|mergeInto)\(/g),
  ];
  return /\.(transaction|startTransaction)\(\)/.test(text) || changes.some(([, by]) => by !== 'transaction');
}

const files = filesBelow('src');

/** What each zone may import of ours; the longest matching folder is a file's zone. */
const zones: Record<string, readonly string[]> = {
  'src/shared': ['src/shared'],
  'src/main/host': ['src/main/host', 'src/shared'],
  'src/main/desktop': ['src/main/desktop', 'src/main/host', 'src/shared'],
  'src/main': ['src/main', 'src/shared'],
  'src/preload': ['src/preload', 'src/shared'],
  'src/renderer/call': ['src/renderer/call', 'src/shared'],
  'src/renderer/transports': ['src/renderer/transports', 'src/renderer/call', 'src/shared'],
  'src/renderer/media': ['src/renderer/media', 'src/renderer/call', 'src/shared'],
  'src/renderer/recorder': ['src/renderer/recorder', 'src/renderer/call', 'src/renderer/media', 'src/shared'],
  'src/renderer/host-client': ['src/renderer/host-client', 'src/renderer/call', 'src/shared', 'src/preload'],
  'src/renderer/components': ['src/renderer/components', 'src/shared'],
  'src/renderer': ['src/renderer', 'src/shared', 'src/preload', 'resources'],
};

function zoneOf(path: string): string {
  const zone = Object.keys(zones)
    .filter((folder) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
  if (zone === undefined) throw new Error(`${path} is in no zone`);
  return zone;
}

describe('imports go in one direction', () => {
  test.each(Object.keys(zones))('%s', (zone) => {
    const own = files.filter((path) => zoneOf(path) === zone);
    expect(own.length).toBeGreaterThan(0);
    const wrong = own.flatMap((path) =>
      importsOf(path)
        .filter((target) => /^(src|resources)\//.test(target))
        .filter((target) => !zones[zone]?.some((allowed) => target.startsWith(`${allowed}/`)))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('only the desktop shell and the preload script import electron', () => {
    const wrong = files.filter(
      (path) =>
        importsOf(path).includes('electron') && !/^src\/(main\/(desktop\/|index\.ts)|preload\/)/.test(path),
    );
    expect(wrong).toEqual([]);
  });

  test('the call core imports no React and nothing of Node', () => {
    const wrong = files
      .filter((path) => path.startsWith('src/renderer/call/'))
      .filter((path) => importsOf(path).some((name) => /^(react|node:)/.test(name)));
    expect(wrong).toEqual([]);
  });

  test('the environment is read where settings are made, and nowhere else in the host', () => {
    const wrong = files
      .filter((path) => /^src\/(shared|main\/host)\//.test(path))
      .filter((path) => /process\.env\b/.test(readFileSync(join(root, path), 'utf8')));
    expect(wrong).toEqual([]);
  });

  test('nothing is used that Electron and browsers of some years ago do not have', () => {
    const tooNew =
      /\b(URL\.canParse|Promise\.withResolvers|Object\.groupBy|Map\.groupBy|Array\.fromAsync|Promise\.try)\b/;
    const users = files.filter(
      (path) =>
        /^src\//.test(path) &&
        tooNew.test(readFileSync(join(root, path), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')),
    );
    expect(users).toEqual([]);
  });

  test('the host writes by its group commit alone', () => {
    const wrong = files
      .filter((path) => path.startsWith('src/main/host/'))
      .filter((path) => !/\/storage\/(group-commit|migrations)\.ts$/.test(path))
      .filter((path) => writesElsewhere(readFileSync(join(root, path), 'utf8')));
    expect(wrong).toEqual([]);
  });

  test('a write beside the group commit is seen, however it is laid out', () => {
    expect(writesElsewhere("this.#database\n  .insertInto('x')")).toBe(true);
    expect(writesElsewhere('database.transaction().execute(work)')).toBe(true);
    expect(writesElsewhere("const table = database;\ntable.updateTable('x')")).toBe(true);
    expect(writesElsewhere("commits.run((transaction) =>\n  transaction\n    .deleteFrom('x'))")).toBe(false);
  });

  test('the call core never asks which transport it has', () => {
    const wrong = files
      .filter((path) => path.startsWith('src/renderer/call/'))
      .filter((path) =>
        /===?\s*['"](p2p|sfu)['"]|case ['"](p2p|sfu)['"]/.test(readFileSync(join(root, path), 'utf8')),
      );
    expect(wrong).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  const table = [
    ...readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| (`[^|]+) \|/gm),
  ].flatMap((row) => {
    const names = [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    const first = names[0] ?? '';
    // A row can name siblings: `src/main/host/rest`, `signaling`.
    return names.map((name, index) =>
      index === 0 || name.startsWith('src/') ? name : join(dirname(first), name),
    );
  });

  test('names only what is there', () => {
    const missing = table.filter(
      (path) => statSync(join(root, path), { throwIfNoEntry: false }) === undefined,
    );
    expect(missing).toEqual([]);
  });

  test('names every folder that has code directly in it', () => {
    const folders = [...new Set(files.map((path) => dirname(path)))].filter((path) =>
      /^src\/(shared|main|renderer)\/./.test(path),
    );
    const covered = (path: string): boolean =>
      table.some((named) => path === named || path.startsWith(`${named}/`));
    expect(folders.filter((path) => !covered(path))).toEqual([]);
  });
});
