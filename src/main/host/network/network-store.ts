/** What the host keeps of the network: whether it is shared on it, and the clinic's certificates. */
import type { Database, Tables } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import type { CertifiedKey } from './certificates.ts';

export class NetworkStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;

  constructor(database: Database, commits: GroupCommit) {
    this.#database = database;
    this.#commits = commits;
  }

  async sharing(): Promise<boolean> {
    return (await this.#row()).sharing === 1;
  }

  async setSharing(sharing: boolean): Promise<void> {
    await this.#set({ sharing: sharing ? 1 : 0 });
  }

  async authority(): Promise<CertifiedKey | undefined> {
    const { authority_key: key, authority_certificate: certificate } = await this.#row();
    return key !== null && certificate !== null ? { key, certificate } : undefined;
  }

  async setAuthority({ key, certificate }: CertifiedKey): Promise<void> {
    await this.#set({ authority_key: key, authority_certificate: certificate });
  }

  async serverCertificate(): Promise<CertifiedKey | undefined> {
    const { server_key: key, server_certificate: certificate } = await this.#row();
    return key !== null && certificate !== null ? { key, certificate } : undefined;
  }

  async setServerCertificate({ key, certificate }: CertifiedKey): Promise<void> {
    await this.#set({ server_key: key, server_certificate: certificate });
  }

  async #set(values: Partial<Tables['network']>): Promise<void> {
    await this.#commits.run((transaction) => transaction.updateTable('network').set(values).execute());
  }

  #row() {
    return this.#database.selectFrom('network').selectAll().executeTakeFirstOrThrow();
  }
}
