/** Writes that share commits. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';

let folder: string;
let database: Database;
let commits: GroupCommit;
let transactions: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-commits-'));
  database = await openDatabase(join(folder, 'clinic.db'), Buffer.alloc(32, 7).toString('base64url'));
  transactions = 0;
  const begin = database.transaction.bind(database);
  vi.spyOn(database, 'transaction').mockImplementation(() => {
    transactions += 1;
    return begin();
  });
  commits = new GroupCommit(database);
});

afterEach(async () => {
  vi.useRealTimers();
  await database.destroy();
  await rm(folder, { recursive: true });
});

const setting =
  (name: string): Parameters<GroupCommit['run']>[0] =>
  (transaction) =>
    transaction.insertInto('settings').values({ name, value: 'x' }).execute();
const names = async () =>
  (await database.selectFrom('settings').select('name').orderBy(sql`rowid`).execute()).map(
    ({ name }) => name,
  );

it('carries out what arrives together in one commit, in order', async () => {
  await Promise.all(['a', 'b', 'c'].map((name) => commits.run(setting(name))));
  expect(await names()).toEqual(['a', 'b', 'c']);
  expect(transactions).toBe(1);
});

it('takes what nobody waits for along with the next commit, before it', async () => {
  const later = commits.later(setting('first'));
  await commits.run(setting('second'));
  await later;
  expect(await names()).toEqual(['first', 'second']);
  expect(transactions).toBe(1);
});

it('carries out what nobody waits for soon, also when nothing else is written', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const later = Promise.all([commits.later(setting('a')), commits.later(setting('b'))]);
  await vi.advanceTimersByTimeAsync(249);
  expect(transactions).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  await later;
  expect(await names()).toEqual(['a', 'b']);
  expect(transactions).toBe(1);
});

it('hurries what nobody waits for when somebody does', async () => {
  void commits.later(setting('a'));
  await commits.hurry();
  expect(await names()).toEqual(['a']);
});

it('lets a write that fails fail alone', async () => {
  const results = await Promise.allSettled(['a', 'a', 'b'].map((name) => commits.run(setting(name))));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await names()).toEqual(['a', 'b']);
});
