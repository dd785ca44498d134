/** What the host keeps of the network: whether it is shared on it, and the clinic's certificates. */
import type { Database } from '../storage/database.ts';
import type { CertifiedKey } from './certificates.ts';

export class NetworkStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async sharing(): Promise<boolean> {
    return (await this.#row()).sharing === 1;
  }

  async setSharing(sharing: boolean): Promise<void> {
    await this.#database
      .updateTable('network')
      .set({ sharing: sharing ? 1 : 0 })
      .execute();
  }

  async authority(): Promise<CertifiedKey | undefined> {
    const { authority_key: key, authority_certificate: certificate } = await this.#row();
    return key !== null && certificate !== null ? { key, certificate } : undefined;
  }

  async setAuthority({ key, certificate }: CertifiedKey): Promise<void> {
    await this.#database
      .updateTable('network')
      .set({ authority_key: key, authority_certificate: certificate })
      .execute();
  }

  async serverCertificate(): Promise<CertifiedKey | undefined> {
    const { server_key: key, server_certificate: certificate } = await this.#row();
    return key !== null && certificate !== null ? { key, certificate } : undefined;
  }

  async setServerCertificate({ key, certificate }: CertifiedKey): Promise<void> {
    await this.#database
      .updateTable('network')
      .set({ server_key: key, server_certificate: certificate })
      .execute();
  }

  #row() {
    return this.#database.selectFrom('network').selectAll().executeTakeFirstOrThrow();
  }
}
