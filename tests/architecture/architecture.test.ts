import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
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

const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

/** The rows of a table of ARCHITECTURE.md, the names in their first cell as paths. */
function rowsOf(columns: number): { readonly paths: readonly string[]; readonly cells: readonly string[] }[] {
  return architecture
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(/ *\| */))
    .filter((cells) => cells.length === columns)
    .map((cells) => {
      const names = [...(cells[0] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
      const [first = ''] = names;
      // A row can name siblings: `src/main/host/rest`, `signaling`.
      const paths = names.map((name, index) =>
        index === 0 || name.startsWith('src/') ? name : join(dirname(first), name),
      );
      return { paths, cells };
    });
}

/** A folder as the table's last column names it: `call` is src/renderer/call. */
function folderNamed(name: string): string {
  const places = ['src', 'src/main', 'src/renderer', '.'].map((parent) => join(parent, name));
  const place = places.find((path) => existsSync(join(root, path)));
  if (place === undefined) throw new Error(`ARCHITECTURE.md lets somebody import ${name}, which is nowhere`);
  return place;
}

/** What each zone may import of ours; the longest matching path is a file's zone. */
const zones = new Map(
  rowsOf(3).flatMap(({ paths, cells }) => {
    const allowed = cells[2] ?? '';
    const folders = allowed === 'nothing of ours' ? [] : allowed.split(', ').filter(Boolean).map(folderNamed);
    return paths.filter((path) => path.startsWith('src/')).map((path) => [path, [path, ...folders]] as const);
  }),
);

const isIn = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

function zoneOf(path: string): string | undefined {
  return [...zones.keys()].filter((place) => isIn(path, place)).sort((a, b) => b.length - a.length)[0];
}

describe('imports go in one direction', () => {
  test.each([...zones.keys()])('%s', (zone) => {
    const own = files.filter((path) => zoneOf(path) === zone);
    const wrong = own.flatMap((path) =>
      importsOf(path)
        .filter((target) => /^(src|resources)\//.test(target))
        .filter((target) => !zones.get(zone)?.some((allowed) => isIn(target, allowed)))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('only the desktop shell and the preload script import electron', () => {
    const wrong = files.filter(
      (path) => importsOf(path).includes('electron') && !/^src\/(main\/desktop|preload)\//.test(path),
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
  const table = rowsOf(3).flatMap(({ paths }) => paths);

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
    const covered = (path: string): boolean => table.some((named) => isIn(path, named));
    expect(folders.filter((path) => !covered(path))).toEqual([]);
  });

  test('sends nobody to a file that is not there', () => {
    const look = architecture.slice(
      architecture.indexOf('## Where to look'),
      architecture.indexOf('## How it works'),
    );
    const named = [...look.matchAll(/`([^`\s]+\.tsx?)`/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(20);
    const places = ['.', 'src/main/host', 'src/renderer'];
    const missing = named.filter((name) => !places.some((place) => existsSync(join(root, place, name))));
    expect(missing).toEqual([]);
  });
});
