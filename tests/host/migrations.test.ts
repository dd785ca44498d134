import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConsultationStore } from '../../src/main/host/consultations/store.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import { schemaSteps } from '../../src/main/host/storage/migrations.ts';

const key = 'k'.repeat(43);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('consultations of the first schema are in the agenda: found by folded names, in the order of their times', async () => {
  const file = join(folder, 'clinic.db');
  const old = new Libsql(file, { ...({ encryptionCipher: 'aes256cbc', encryptionKey: key } as object) });
  for (const statement of schemaSteps[0] ?? []) {
    if (typeof statement === 'string') old.exec(statement);
  }
  old.exec('pragma user_version = 1');
  const insert = old.prepare(
    `insert into consultations (id, patient_id, doctor_id, patient_name, scheduled_at, transport, state, room_sid, created_at, closed_at)
     values (?, 'p', 'd', ?, ?, 'auto', ?, 'RM_x', ?, ?)`,
  );
  insert.run(
    'nine',
    'Ángela Núñez',
    '2026-03-03T09:00:00-03:00',
    'planned',
    '2026-03-01T10:00:00.000Z',
    null,
  );
  insert.run('eleven', 'José', '2026-03-03T11:00:00Z', 'planned', '2026-03-01T10:00:00.000Z', null);
  insert.run('instant', null, null, 'closed', '2026-03-03T13:00:00.000Z', '2026-03-03T13:20:00.000Z');
  old.close();

  const database = await openDatabase(file, key);
  const store = new ConsultationStore(database, new GroupCommit(database));
  const question = { waiting: [], order: 'earliest', limit: 10 } as const;
  const found = await store.search(question);
  expect(found.map(({ consultationId }) => consultationId)).toEqual(['eleven', 'nine', 'instant']);
  expect(found[1]).toMatchObject({ scheduledAt: '2026-03-03T12:00:00.000Z', version: 1 });
  expect(found[2]).toMatchObject({ state: 'closed', closedAt: '2026-03-03T13:20:00.000Z' });
  expect(
    (await store.search({ ...question, search: 'NUNEZ angela' })).map((one) => one.consultationId),
  ).toEqual(['nine']);
  await database.destroy();
});
