/** Sharing the host on the clinic's network: one HTTPS door, open only while it is switched on. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { NetworkStatus } from '../../../shared/contract/network.ts';
import type { Log } from '../runtime/log.ts';
import { readUrl } from '../runtime/read-url.ts';
import { PlaceCount, placeOf } from './addresses.ts';
import type { Announced, Announcement } from './announcement.ts';
import {
  type CertifiedKey,
  createAuthority,
  createServerCertificate,
  fingerprintOf,
  stillServes,
} from './certificates.ts';
import type { NetworkStore } from './network-store.ts';

/**
 * Connections that one computer of the network, or all behind one address, may hold at once: a person's window has fewer than ten.
 * Each costs memory before it has said a word.
 */
const mostOfPlace = 256;
/** How often the computer's addresses and the certificate's end are looked at, ms. */
const lookAgainMs = 10_000;

export interface LanSharingSettings {
  /** 0 takes a free port. */
  readonly tlsPort: number;
  /** PEM files of a certificate of the clinic's own; without them the clinic's authority signs one. */
  readonly ownCertificate: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** The address people are given; undefined: those found on this computer. */
  readonly address: string | undefined;
  /** Switched on or off by the settings; undefined: as it was left. */
  readonly share: boolean | undefined;
}

export interface LanSharingParts {
  readonly settings: LanSharingSettings;
  readonly store: NetworkStore;
  clinicName(): string;
  readonly log: Log;
  now(): number;
  /** The addresses of this computer on the network, the likeliest first. */
  addresses(): readonly string[];
  /** Its name there. */
  localName(): string;
  /** Has a server answer as the loopback door does. */
  serve(server: Server): void;
  /** Tells the network where this host is. */
  announce(announced: Announced, onProblem: (error: unknown) => void): Promise<Announcement>;
  /** Sharing was switched on or off, or the first address changed. */
  changed(): void;
}

interface OpenDoor {
  readonly server: Server;
  /** Also those that were upgraded, which the server forgets. */
  readonly sockets: ReadonlySet<Socket>;
  readonly port: number;
  readonly leaf: X509Certificate;
  /** Addresses or names people are given. */
  readonly names: readonly string[];
  /** Of the clinic's authority; undefined with a certificate of its own choice. */
  readonly fingerprint: string | undefined;
}

export class LanSharing {
  readonly #parts: LanSharingParts;
  readonly #log: Log;
  #door: OpenDoor | undefined;
  #announcement: Announcement | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** One switch at a time. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: LanSharingParts) {
    this.#parts = parts;
    this.#log = parts.log.scope('Network');
  }

  /** Opens the door if sharing was left on. The host runs without it when it cannot be opened. */
  async start(): Promise<void> {
    const { settings, store } = this.#parts;
    if (!(settings.share ?? (await store.sharing()))) return;
    await this.#inTurn(() => this.#open()).catch((error: unknown) =>
      this.#log.error('The host is not shared on the network', error),
    );
  }

  /** @throws CatalogueError NO_NETWORK, TLS_PORT_TAKEN or CERTIFICATE_UNUSABLE; nothing changes then. */
  async share(on: boolean): Promise<NetworkStatus> {
    await this.#inTurn(async () => {
      if (on) await this.#open();
      else await this.#close();
      await this.#parts.store.setSharing(on);
    });
    return this.status();
  }

  status(): NetworkStatus {
    const door = this.#door;
    if (door === undefined) return { sharing: false, urls: [] };
    const urls = door.names.map((name) => originAt(name, door.port));
    return {
      sharing: true,
      urls,
      ...(door.fingerprint === undefined ? {} : { fingerprint: door.fingerprint }),
    };
  }

  /** The clinic's address for people of the network; undefined while the host is not shared. */
  get url(): string | undefined {
    return this.status().urls[0];
  }

  /** Where people are sent who are invited by somebody that reached the host at `baseUrl`: to the network, while it is shared. */
  addressFor(baseUrl: string): { readonly url: string; readonly fingerprint?: string } {
    const door = this.#door;
    const { protocol, host } = new URL(baseUrl);
    const elsewhere = protocol === 'https:' && this.originOf(host) === undefined;
    if (door === undefined || elsewhere) return { url: baseUrl };
    const url = protocol === 'https:' ? baseUrl : (this.url ?? baseUrl);
    return { url, ...(door.fingerprint === undefined ? {} : { fingerprint: door.fingerprint }) };
  }

  /** The certificate devices are to trust, PEM; undefined when there is none of the clinic's making. */
  async authorityCertificate(): Promise<string | undefined> {
    if (this.#door?.fingerprint === undefined) return undefined;
    return (await this.#parts.store.authority())?.certificate;
  }

  /** The origin that a Host header names on this door; undefined for a name the certificate is not for. */
  originOf(host: string): string | undefined {
    const door = this.#door;
    const named = readUrl(`https://${host}`);
    if (door === undefined || named === undefined) return undefined;
    const { hostname, origin, port } = named;
    const name = hostname.replace(/^\[|\]$/g, '');
    const isOurs = (isIP(name) === 0 ? door.leaf.checkHost(name) : door.leaf.checkIP(name)) !== undefined;
    return isOurs && Number(port || 443) === door.port ? origin : undefined;
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(step);
    this.#queue = done.catch(() => {});
    return done;
  }

  async #open(): Promise<void> {
    if (this.#door) return;
    const served = await this.#certificate();
    const { settings, serve, changed } = this.#parts;
    let server: Server;
    try {
      server = createServer({ key: served.key, cert: served.chain, minVersion: 'TLSv1.2' });
    } catch (cause) {
      throw new CatalogueError('CERTIFICATE_UNUSABLE', { reason: (cause as Error).message });
    }
    serve(server);
    const sockets = new Set<Socket>();
    const held = new PlaceCount();
    server.on('connection', (socket: Socket) => {
      const place = placeOf(socket.remoteAddress ?? '');
      if (held.of(place) >= mostOfPlace) {
        socket.destroy();
        return;
      }
      held.add(place);
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        held.take(place);
      });
    });
    const port = await listen(server, settings.tlsPort);
    this.#door = {
      server,
      sockets,
      port,
      leaf: served.leaf,
      names: served.names,
      fingerprint: served.fingerprint,
    };
    this.#timer = setInterval(() => {
      this.refresh().catch((error: unknown) =>
        this.#log.error('The certificate could not be renewed', error),
      );
    }, lookAgainMs);
    this.#timer.unref();
    await this.#announce();
    this.#log.info(`Shared on the network: ${this.url}`);
    changed();
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    const door = this.#door;
    if (door === undefined) return;
    this.#door = undefined;
    await this.#announce();
    await new Promise<void>((resolve) => {
      door.server.close(() => resolve());
      for (const socket of door.sockets) socket.destroy();
    });
    this.#log.info('No longer shared on the network');
    this.#parts.changed();
  }

  /** Looks at addresses and certificate again; done every few seconds while the host is shared. */
  refresh(): Promise<void> {
    return this.#inTurn(() => this.#follow());
  }

  /** Another address, or a certificate near its end: a new one for new connections; those that are open go on. */
  async #follow(): Promise<void> {
    const door = this.#door;
    if (door === undefined) return;
    const served = await this.#certificate().catch(() => undefined);
    if (served === undefined || served.leaf.fingerprint256 === door.leaf.fingerprint256) {
      await this.#announce();
      return;
    }
    door.server.setSecureContext({ key: served.key, cert: served.chain, minVersion: 'TLSv1.2' });
    this.#door = { ...door, leaf: served.leaf, names: served.names, fingerprint: served.fingerprint };
    await this.#announce();
    this.#log.info(`A new certificate is served: ${this.url}`);
    if (served.names[0] !== door.names[0]) this.#parts.changed();
  }

  /** Has the network told what is so now: where this host is and what it is called, or nothing. */
  async #announce(): Promise<void> {
    const door = this.#door;
    // With a certificate of its own choice a clinic has a name, and people who know it.
    const wanted: Announced | undefined =
      door?.fingerprint === undefined
        ? undefined
        : {
            clinicName: this.#parts.clinicName(),
            port: door.port,
            addresses: door.names,
            fingerprint: door.fingerprint,
          };
    const told = this.#announcement;
    if (isDeepStrictEqual(wanted, told?.announced)) return;
    this.#announcement = undefined;
    await told?.stop();
    if (wanted === undefined) return;
    this.#announcement = await this.#parts.announce(wanted, (error) =>
      this.#log.warn(`The network could not be told of this host: ${(error as Error).message}`),
    );
  }

  async #certificate() {
    const { settings, addresses, localName, now } = this.#parts;
    if (settings.ownCertificate) return this.#ownCertificate(settings.ownCertificate);
    const names = addresses();
    if (names.length === 0) throw new CatalogueError('NO_NETWORK');
    const { store } = this.#parts;
    const authority = await this.#authority();
    const all = [...names, localName(), 'localhost'];
    let server = await store.serverCertificate();
    if (server === undefined || !stillServes(server, authority, all, now())) {
      server = await createServerCertificate(authority, all, now());
      await store.setServerCertificate(server);
    }
    return {
      key: server.key,
      chain: `${server.certificate}\n${authority.certificate}`,
      leaf: new X509Certificate(server.certificate),
      names,
      fingerprint: fingerprintOf(authority.certificate),
    };
  }

  async #ownCertificate({ certificateFile, keyFile }: NonNullable<LanSharingSettings['ownCertificate']>) {
    try {
      const [chain, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')]);
      const leaf = new X509Certificate(chain);
      const names = [...(leaf.subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,*\s]+)/g)].flatMap(
        ([, name]) => (name === undefined ? [] : [name]),
      );
      if (names.length === 0) throw new Error('It names no host.');
      return { key, chain, leaf, names, fingerprint: undefined };
    } catch (cause) {
      throw new CatalogueError('CERTIFICATE_UNUSABLE', { reason: (cause as Error).message });
    }
  }

  async #authority(): Promise<CertifiedKey> {
    const { store, clinicName, now } = this.#parts;
    const known = await store.authority();
    if (known) return known;
    const made = await createAuthority(clinicName(), now());
    await store.setAuthority(made);
    return made;
  }
}

function originAt(name: string, port: number): string {
  return new URL(`https://${isIP(name) === 6 ? `[${name}]` : name}:${port}`).origin;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new CatalogueError('TLS_PORT_TAKEN', { port }) : error);
    });
    server.listen(port, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
