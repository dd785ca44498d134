/** Staff devices: paired once by a code, known by a credential from then on, refused from the moment they are revoked. */
import type { Caller, StaffRole } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { PairingCode, StaffDevice } from '../../../shared/contract/staff.ts';
import { normalizeCode } from '../admission/invitations.ts';
import { KnownCallerError } from '../audit/credentials.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { Log } from '../runtime/log.ts';
import { hashOf, matchesHash, newCredential, newPairingCode, readCredential } from './credentials.ts';
import { pairingKey, proofOf, sameProof } from './pairing-proof.ts';
import type { StaffStore, StoredDevice, StoredEntry } from './store.ts';

/** A code that was not used by then pairs nothing. */
const codeLifetimeMs = 15 * 60_000;
/** When a device was last seen is written this often at most. */
const seenEveryMs = 60_000;

export interface StaffDeviceParts {
  readonly store: StaffStore;
  readonly trail: Pick<AuditTrail, 'about' | 'takeLeft'>;
  readonly log: Log;
  now(): number;
  /** Refuses the tokens of an entry and ends what runs by them. */
  endEntry(entry: StoredEntry): Promise<void>;
}

/** Makes a code for one computer; only its hash is kept. */
export async function makeCode(
  store: StaffStore,
  { personName, role }: { readonly personName: string; readonly role: StaffRole },
  now: number,
): Promise<{ code: string; expiresAt: string }> {
  const code = newPairingCode();
  const expiresAt = new Date(now + codeLifetimeMs).toISOString();
  const createdAt = new Date(now).toISOString();
  await store.insertCode({ codeHash: hashOf(code), personName, role, createdAt, expiresAt });
  return { code, expiresAt };
}

export class StaffDevices {
  readonly #parts: StaffDeviceParts;
  readonly #log: Log;

  constructor(parts: StaffDeviceParts) {
    this.#parts = parts;
    this.#log = parts.log.scope('Staff');
  }

  /** Makes a code for one computer. It is shown here and never again. */
  async invite(
    { personName, role }: { personName: string; role: StaffRole },
    /** Where the other computer reaches this host, and the SHA-256 of the authority it then shows; none where browsers know it. */
    { url: address, fingerprint }: { readonly url: string; readonly fingerprint?: string },
  ): Promise<PairingCode> {
    const { code, expiresAt } = await makeCode(this.#parts.store, { personName, role }, this.#parts.now());
    this.#log.info(`A pairing code was made for ${role}`);
    const query = new URLSearchParams({ host: address, code, ...(fingerprint ? { fingerprint } : {}) });
    return {
      code,
      address,
      link: `${address}/pair#${code}`,
      desktopLink: `autamedica://pair?${query}`,
      personName,
      role,
      expiresAt,
    };
  }

  /** @throws CatalogueError PAIRING_NOT_FOUND for a code that is wrong, used or too old. */
  async pair(code: string, deviceName: string): Promise<{ credential: string; device: StaffDevice }> {
    return this.#redeem(hashOf(normalizeCode(code)), deviceName);
  }

  /**
   * Pairs a computer that proves it was told a code, and proves to it that this host made that code. A proof made for the
   * authority of somebody in between fits no code here.
   * @param fingerprint of this host's authority; undefined when it has none to be known by.
   * @throws CatalogueError PAIRING_NOT_FOUND
   */
  async pairByProof(
    { nonce, proof, deviceName }: { nonce: string; proof: string; deviceName: string },
    fingerprint: string | undefined,
  ): Promise<{ credential: string; device: StaffDevice; proof: string }> {
    const hashes = fingerprint === undefined ? [] : await this.#parts.store.openCodes(this.#timestamp());
    for (const codeHash of hashes) {
      const key = await pairingKey(codeHash, { nonce, fingerprint: fingerprint ?? '' });
      if (!sameProof(proofOf(key, 'computer', deviceName), proof)) continue;
      const paired = await this.#redeem(codeHash, deviceName);
      return { ...paired, proof: proofOf(key, 'host', paired.credential) };
    }
    throw new CatalogueError('PAIRING_NOT_FOUND');
  }

  async #redeem(codeHash: string, deviceName: string): Promise<{ credential: string; device: StaffDevice }> {
    // Made by the command a moment ago: that comes first in the log.
    await this.#parts.trail.takeLeft();
    const credential = newCredential();
    this.#parts.trail.about({ target: credential.deviceId });
    const device = await this.#parts.store.redeemCode(codeHash, {
      deviceId: credential.deviceId,
      deviceName,
      credentialHash: credential.hash,
      pairedAt: this.#timestamp(),
    });
    if (device === undefined) throw new CatalogueError('PAIRING_NOT_FOUND');
    this.#log.info(`The computer ${device.deviceId} was paired as ${device.role}`);
    return { credential: credential.text, device: toContract(device) };
  }

  /**
   * Whose credential this is; undefined when it is none of a device.
   * @throws CatalogueError TOKEN_INVALID, DEVICE_REVOKED
   */
  async identify(text: string): Promise<Caller | undefined> {
    const credential = readCredential(text);
    if (credential === undefined) return undefined;
    const device = await this.#parts.store.find(credential.deviceId);
    if (device === undefined || !matchesHash(credential.secret, device.credentialHash))
      throw new CatalogueError('TOKEN_INVALID');
    const { deviceId, role, personName, revoked } = device;
    const caller: Caller = { role, staff: { kind: 'device', id: deviceId, name: personName } };
    if (revoked) throw new KnownCallerError('DEVICE_REVOKED', caller);
    await this.#see(device);
    return caller;
  }

  /** False for a computer that was revoked; everybody else is not known by a computer. */
  async isStillKnown(caller: Caller): Promise<boolean> {
    if (!('staff' in caller) || caller.staff?.kind !== 'device') return true;
    return (await this.#parts.store.find(caller.staff.id))?.revoked === false;
  }

  async list(): Promise<StaffDevice[]> {
    return (await this.#parts.store.list()).map(toContract);
  }

  async rename(
    deviceId: string,
    change: { personName?: string | undefined; deviceName?: string | undefined },
  ): Promise<StaffDevice> {
    const device = await this.#parts.store.change(deviceId, change);
    if (device === undefined) throw new CatalogueError('DEVICE_NOT_FOUND');
    return toContract(device);
  }

  /** Refused from now on: its credential first, then every consultation it is in. */
  async revoke(deviceId: string): Promise<void> {
    if ((await this.#parts.store.revoke(deviceId, this.#timestamp())) === undefined)
      throw new CatalogueError('DEVICE_NOT_FOUND');
    for (const entry of await this.#parts.store.openEntries(deviceId)) await this.#parts.endEntry(entry);
    this.#log.info(`The computer ${deviceId} was revoked`);
  }

  /**
   * Keeps in mind that a device was just given a doctor's token, so that revoking the device ends it too. The token is a
   * participant's: it does not say for which computer it was made, and whoever else has entered as the same doctor enters anew.
   */
  async rememberEntry(caller: Caller, entry: StoredEntry): Promise<void> {
    if (!('staff' in caller) || caller.staff?.kind !== 'device') return;
    await this.#parts.store.rememberEntry(caller.staff.id, entry);
    // Revoked while the token was made: then the revocation may not have seen this entry.
    if (await this.isStillKnown(caller)) return;
    await this.#parts.endEntry(entry);
    throw new CatalogueError('DEVICE_REVOKED');
  }

  async #see(device: StoredDevice): Promise<void> {
    const now = this.#parts.now();
    if (device.lastSeenAt !== undefined && now - Date.parse(device.lastSeenAt) < seenEveryMs) return;
    await this.#parts.store.change(device.deviceId, { lastSeenAt: new Date(now).toISOString() });
  }

  #timestamp(): string {
    return new Date(this.#parts.now()).toISOString();
  }
}

function toContract({
  deviceId,
  personName,
  deviceName,
  role,
  pairedAt,
  lastSeenAt,
}: StoredDevice): StaffDevice {
  return {
    deviceId,
    personName,
    deviceName,
    role,
    pairedAt,
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
  };
}
