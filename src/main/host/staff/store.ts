/** Paired computers, pairing codes and the consultations each computer entered, as rows. */
import type { StaffRole } from '../../../shared/access/access.ts';
import type { Database, Tables } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import { RowCache } from '../storage/row-cache.ts';

export interface StoredDevice {
  readonly deviceId: string;
  readonly personName: string;
  readonly deviceName: string;
  readonly role: StaffRole;
  readonly credentialHash: string;
  readonly pairedAt: string;
  readonly lastSeenAt: string | undefined;
  readonly revoked: boolean;
}

export interface StoredPairingCode {
  readonly codeHash: string;
  readonly personName: string;
  readonly role: StaffRole;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** The doctor's part in a consultation, of which a device holds a token. */
export interface StoredEntry {
  readonly consultationId: string;
  readonly identity: string;
}

export class StaffStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #devices = new RowCache<StoredDevice>();

  constructor(database: Database, commits: GroupCommit) {
    this.#database = database;
    this.#commits = commits;
  }

  /** Also forgets codes that nobody can use any more. */
  async insertCode(code: StoredPairingCode): Promise<void> {
    await this.#commits.run(async (transaction) => {
      await transaction.deleteFrom('pairing_codes').where('expires_at', '<=', code.createdAt).execute();
      await transaction
        .insertInto('pairing_codes')
        .values({
          code_hash: code.codeHash,
          person_name: code.personName,
          role: code.role,
          created_at: code.createdAt,
          expires_at: code.expiresAt,
        })
        .execute();
    });
  }

  /** The hashes of the codes that are good at a moment. */
  async openCodes(at: string): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('pairing_codes')
      .select('code_hash')
      .where('expires_at', '>', at)
      .execute();
    return rows.map(({ code_hash }) => code_hash);
  }

  /** Uses a code up and makes its device known, both or neither; undefined when the code does not stand. */
  redeemCode(
    codeHash: string,
    device: { deviceId: string; deviceName: string; credentialHash: string; pairedAt: string },
  ): Promise<StoredDevice | undefined> {
    return this.#commits.run(async (transaction) => {
      const code = await transaction
        .deleteFrom('pairing_codes')
        .where('code_hash', '=', codeHash)
        .where('expires_at', '>', device.pairedAt)
        .returningAll()
        .executeTakeFirst();
      if (code === undefined) return undefined;
      const row = {
        id: device.deviceId,
        person_name: code.person_name,
        device_name: device.deviceName,
        role: code.role,
        credential_hash: device.credentialHash,
        paired_at: device.pairedAt,
        last_seen_at: null,
        revoked_at: null,
      };
      await transaction.insertInto('staff_devices').values(row).execute();
      return toDevice(row);
    });
  }

  find(deviceId: string): Promise<StoredDevice | undefined> {
    return this.#devices.read(deviceId, async () => {
      const row = await this.#database
        .selectFrom('staff_devices')
        .selectAll()
        .where('id', '=', deviceId)
        .executeTakeFirst();
      return row && toDevice(row);
    });
  }

  /** The devices that are paired, in the order of pairing. */
  async list(): Promise<StoredDevice[]> {
    const rows = await this.#database
      .selectFrom('staff_devices')
      .selectAll()
      .where('revoked_at', 'is', null)
      .orderBy('paired_at')
      .execute();
    return rows.map(toDevice);
  }

  /** Undefined when there is no such device any more. */
  change(
    deviceId: string,
    change: { personName?: string | undefined; deviceName?: string | undefined; lastSeenAt?: string },
  ): Promise<StoredDevice | undefined> {
    return this.#update(deviceId, {
      ...(change.personName === undefined ? {} : { person_name: change.personName }),
      ...(change.deviceName === undefined ? {} : { device_name: change.deviceName }),
      ...(change.lastSeenAt === undefined ? {} : { last_seen_at: change.lastSeenAt }),
    });
  }

  /** Undefined when there is no such device any more. */
  revoke(deviceId: string, at: string): Promise<StoredDevice | undefined> {
    return this.#update(deviceId, { revoked_at: at });
  }

  async rememberEntry(deviceId: string, { consultationId, identity }: StoredEntry): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('staff_entries')
        .values({ device_id: deviceId, consultation_id: consultationId, identity })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
  }

  /** Entries to consultations that are not over. */
  async openEntries(deviceId: string): Promise<StoredEntry[]> {
    return this.#database
      .selectFrom('staff_entries')
      .innerJoin('consultations', 'consultations.id', 'staff_entries.consultation_id')
      .select(['staff_entries.consultation_id as consultationId', 'staff_entries.identity as identity'])
      .where('device_id', '=', deviceId)
      .where('consultations.closed_at', 'is', null)
      .execute();
  }

  #update(deviceId: string, values: Partial<Tables['staff_devices']>): Promise<StoredDevice | undefined> {
    return this.#devices.write(deviceId, async () => {
      const row = await this.#commits.run((transaction) =>
        transaction
          .updateTable('staff_devices')
          .set({ id: deviceId, ...values })
          .where('id', '=', deviceId)
          .where('revoked_at', 'is', null)
          .returningAll()
          .executeTakeFirst(),
      );
      return row && toDevice(row);
    });
  }
}

function toDevice(row: Tables['staff_devices']): StoredDevice {
  return {
    deviceId: row.id,
    personName: row.person_name,
    deviceName: row.device_name,
    role: row.role,
    credentialHash: row.credential_hash,
    pairedAt: row.paired_at,
    lastSeenAt: row.last_seen_at ?? undefined,
    revoked: row.revoked_at !== null,
  };
}
