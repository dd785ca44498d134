/** What is done by commands is in the audit log too: beside a running host, and where a backup was restored. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/main/host/commands.ts';
import { loadConfig } from '../../src/main/host/runtime/config.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { restoreBackup } from '../../src/main/host/storage/restore.ts';
import type { AuditEntry, AuditVerdict } from '../../src/shared/contract/audit.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';

let folder: string;
let host: TestHost;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-commands-'));
  host = await startTestHost();
});
afterEach(async () => {
  await closeTestHost(host);
  await rm(folder, { recursive: true, force: true });
});

const command = (parameters: readonly string[], environment: Record<string, string> = {}) =>
  runCommand(parameters, loadConfig({ DATA_DIR: host.dataDir, PORT: '0', ...environment }));

/** Oldest first. */
async function entries(query = ''): Promise<AuditEntry[]> {
  const { body } = await host.call('GET', `/api/audit?limit=500${query}`);
  return (body.data as unknown as { entries: AuditEntry[] }).entries.reverse();
}

async function verdict(): Promise<AuditVerdict> {
  return (await host.call('POST', '/api/audit/verify')).body.data as unknown as AuditVerdict;
}

async function restart(dataDir = host.dataDir): Promise<void> {
  await host.close();
  host = await startTestHost({ DATA_DIR: dataDir });
}

describe('a command beside a running host', () => {
  it('that makes a pairing code is in the log before the code is used', async () => {
    const made = new Date().toISOString();
    const code = (await command(['pair', 'clinician', 'Ana', 'Pérez'])).slice(0, 8);
    const { status } = await host.call('POST', '/api/staff/pair', {
      body: { code, deviceName: 'Consultorio' },
    });
    expect(status).toBe(200);
    const [invited, paired] = (await entries()).filter(({ event }) => event.startsWith('staff.'));
    expect(invited).toMatchObject({ event: 'staff.invite', detail: 'by-command', caller: { role: 'admin' } });
    expect(invited?.at.localeCompare(made)).toBeGreaterThanOrEqual(0);
    expect(paired).toMatchObject({ event: 'staff.pair', outcome: 'ok' });
    expect(JSON.stringify(await entries())).not.toMatch(/Ana|Pérez/);
    expect(await verdict()).toMatchObject({ sound: true, restored: [] });
  });

  it('is in the log once, also when the host took it at its next start', async () => {
    await command(['pair', 'admin', 'Ana']);
    await command(['backup', join(folder, 'elsewhere')]);
    expect(await command(['recovery-key'])).not.toContain('audit log');
    for (let start = 0; start < 2; start += 1) await restart();
    const byCommand = (await entries()).filter(({ detail }) => detail === 'by-command');
    expect(byCommand.map(({ event }) => event)).toEqual([
      'staff.invite',
      'backup.create',
      'recovery-key.show',
    ]);
  });

  it('gives the recovery key also when there is no log any more that could be told', async () => {
    await host.close();
    await writeFile(join(host.dataDir, 'clinic.db'), 'no database');
    const printed = await command(['recovery-key']);
    expect(printed).toContain(loadSecrets(host.dataDir).secrets.recoveryKey);
    expect(printed).toContain('The audit log could not be told of this');
  });
});

describe('restoring a backup', () => {
  async function lastHead() {
    const { head } = await verdict();
    return head;
  }

  it('goes on from the log in the backup, and says where the one ended that was there before', async () => {
    await host.createConsultation();
    const { body } = await host.call('POST', '/api/backup');
    for (let number = 0; number < 5; number += 1) await host.createConsultation();
    await host.close();
    host = await startTestHost({ DATA_DIR: host.dataDir });
    const known = await lastHead();
    await host.close();
    const printed = await command(['restore', String(body.data?.folder)]);
    expect(printed).toContain('Restored the backup');

    host = await startTestHost({ DATA_DIR: host.dataDir });
    const all = await entries();
    const at = all.findIndex(({ event }) => event === 'backup.restore');
    const restored = all[at];
    expect(all[at + 1]).toMatchObject({ event: 'host.started', detail: 'after-restore' });
    expect(restored?.replaced?.number).toBeGreaterThan(known.number);
    expect(restored?.number).toBeLessThan(known.number);
    const { sound, restored: marks } = await verdict();
    expect({ sound, marks }).toEqual({
      sound: true,
      marks: [{ number: restored?.number, replaced: restored?.replaced }],
    });

    const file = join(folder, 'auditoria.jsonl');
    await writeFile(file, String((await host.call('GET', '/api/audit/export')).body.data?.text));
    const { number, replaced } = restored as AuditEntry;
    expect(await command(['audit', 'verify', file])).toContain(
      `Entry ${number} goes on from a backup that was restored. The log that was there before ended at entry ${replaced?.number}, ${replaced?.hash}.`,
    );
  });

  it('names the very entry that the replaced log ended with', async () => {
    const { body } = await host.call('POST', '/api/backup');
    await host.createConsultation();
    const exported = async () =>
      String((await host.call('GET', '/api/audit/export')).body.data?.text)
        .trimEnd()
        .split('\n');
    await exported();
    const { dataDir } = host;
    await host.close();
    const { movedTo } = await restoreBackup(String(body.data?.folder), dataDir, {}, Date.now());
    const { number, replaced } = (await (async () => {
      host = await startTestHost({ DATA_DIR: dataDir });
      return (await entries('&operation=backup.restore'))[0];
    })()) as AuditEntry;
    expect(number).toBeGreaterThan(1);
    await host.close();
    // The data that was put aside, with a host on it, still has that entry.
    host = await startTestHost({ DATA_DIR: movedTo ?? '' });
    const lines = await exported();
    expect(
      lines.find((line) => line.includes(`"hash":"${replaced?.hash}"`) && line.startsWith('{"entry"')),
    ).toContain(`"number":${replaced?.number},`);
    await host.close();
    host = await startTestHost({ DATA_DIR: dataDir });
  });

  it('on a new computer says that nothing was replaced', async () => {
    const { body } = await host.call('POST', '/api/backup');
    const { recoveryKey } = loadSecrets(host.dataDir).secrets;
    const elsewhere = join(folder, 'elsewhere');
    await restoreBackup(String(body.data?.folder), elsewhere, { key: recoveryKey }, Date.now());
    const { dataDir } = host;
    await restart(elsewhere);
    expect(await verdict()).toMatchObject({ sound: true, restored: [{ number: expect.any(Number) }] });
    expect((await entries('&operation=backup.restore'))[0]?.replaced).toBeUndefined();
    await rm(dataDir, { recursive: true, force: true });
  });
});
