import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabaseFile } from '../../src/main/host/storage/database-file.ts';
import { StatementCache } from '../../src/main/host/storage/statement-cache.ts';

let folder: string;
let connection: ReturnType<typeof openDatabaseFile>;
let prepared: string[];
let statements: StatementCache;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'statements-'));
  connection = openDatabaseFile(join(folder, 'a.db'), Buffer.alloc(32, 1).toString('base64url'));
  connection.exec('create table words (word text primary key) strict');
  prepared = [];
  statements = new StatementCache((sql) => {
    prepared.push(sql);
    return connection.prepare(sql);
  });
});

afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

const insert = 'insert into words values (?)';
const select = 'select word from words order by word';
const words = () =>
  statements
    .prepare(select)
    .all([])
    .map((row) => (row as { word: string }).word);

describe('kept statements', () => {
  test('are prepared once, and answer what is there now each time', () => {
    for (const word of ['b', 'a']) statements.prepare(insert).run([word]);
    expect(words()).toEqual(['a', 'b']);
    statements.prepare(insert).run(['c']);
    expect(words()).toEqual(['a', 'b', 'c']);
    expect(prepared).toEqual([insert, select]);
  });

  test('that failed are prepared anew, and hold no lock', () => {
    statements.prepare(insert).run(['a']);
    expect(() => statements.prepare(insert).run(['a'])).toThrow(/unique/i);
    connection.exec('begin');
    statements.prepare(insert).run(['b']);
    connection.exec('commit');
    expect(words()).toEqual(['a', 'b']);
    expect(prepared).toEqual([insert, insert, select]);
  });

  test('see a table that was changed since', () => {
    statements.prepare(insert).run(['a']);
    expect(words()).toEqual(['a']);
    connection.exec("alter table words add column language text default 'es'");
    expect(statements.prepare('select * from words').all([])).toMatchObject([{ word: 'a', language: 'es' }]);
    expect(words()).toEqual(['a']);
  });

  test('do not grow without end, and the one used longest ago goes first', () => {
    statements.prepare(select);
    for (let number = 0; number < 255; number += 1) statements.prepare(`select ${number}`);
    statements.prepare(select);
    statements.prepare('select 255');
    statements.prepare(select);
    statements.prepare('select 0');
    expect(prepared.filter((sql) => sql === select)).toHaveLength(1);
    expect(prepared.filter((sql) => sql === 'select 0')).toHaveLength(2);
  });
});
