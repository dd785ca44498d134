/** The clinic's backups: made when asked for and once a day, old automatic ones removed. */
import { rm } from 'node:fs/promises';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Log } from '../runtime/log.ts';
import { type Backup, type BackupSource, listBackups, makeBackup } from './backup.ts';

const dayMs = 24 * 60 * 60_000;
const firstLookMs = 60_000;
const lookEveryMs = 30 * 60_000;

export interface BackupsParts extends BackupSource {
  readonly dir: string;
  /** Automatic ones that stay; 0 makes none. */
  readonly keep: number;
  readonly log: Log;
  now(): number;
}

export class Backups {
  readonly #parts: BackupsParts;
  readonly #log: Log;
  readonly #timers: NodeJS.Timeout[] = [];
  #running: Promise<unknown> | undefined;

  constructor(parts: BackupsParts) {
    this.#parts = parts;
    this.#log = parts.log.scope('Backup');
  }

  /** Looks now and then whether a day has passed since the newest backup. */
  start(): void {
    if (this.#parts.keep === 0) return;
    const look = () => {
      this.makeDaily().catch((error) => this.#log.error('The daily backup could not be made', error));
    };
    this.#timers.push(setTimeout(look, firstLookMs), setInterval(look, lookEveryMs));
    for (const timer of this.#timers) timer.unref();
  }

  /** @throws CatalogueError BACKUP_RUNNING */
  create(): Promise<Backup> {
    return this.#alone(() => this.#make(false));
  }

  list(): Promise<Backup[]> {
    return listBackups(this.#parts.dir);
  }

  /** Makes a backup when the newest is a day old, and removes automatic ones beyond those to keep. */
  async makeDaily(): Promise<void> {
    const [newest] = await this.list();
    if (newest !== undefined && this.#parts.now() - Date.parse(newest.createdAt) < dayMs) return;
    if (this.#running !== undefined) return;
    await this.#alone(() => this.#make(true));
    const automatic = (await this.list()).filter((backup) => backup.automatic);
    for (const { folder } of automatic.slice(this.#parts.keep)) await rm(folder, { recursive: true });
  }

  /** Waits for a backup that is being made. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#running?.catch(() => undefined);
  }

  async #alone<T>(run: () => Promise<T>): Promise<T> {
    if (this.#running !== undefined) throw new CatalogueError('BACKUP_RUNNING');
    const running = run();
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  async #make(automatic: boolean): Promise<Backup> {
    const backup = await makeBackup(this.#parts, this.#parts.dir, { now: this.#parts.now(), automatic });
    this.#log.info(`Backup made, without recordings: ${backup.folder} (${backup.bytes} bytes)`);
    return backup;
  }
}
