/**
 * A Supabase project without Supabase: PostgreSQL with its roles and default grants, a PostgREST-compatible server (postrust)
 * in front of it, and a gateway that asks for the API key as Supabase's does, and that can be made slow or cut lines.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { untilWithin } from '../support/until.ts';

const until = untilWithin(30_000);
const migrations = fileURLToPath(new URL('../../resources/supabase/migrations', import.meta.url));
const jwtSecret = 'the-secret-of-a-project-of-these-tests-alone';

/** What the gateway does with one request: it may wait before or after passing it on, or give up on it. */
export interface Weather {
  /** 0 for the first one since the weather changed. */
  before?(number: number): Promise<void> | void;
  /** With the answer there but not given yet: what was asked for is done. Cut: the client never learns of it. */
  after?(number: number): Promise<'cut' | undefined> | 'cut' | undefined;
}

/** Signs a token as the project would. @param secret another one forges it. */
export function signed(claims: Readonly<Record<string, unknown>>, secret = jwtSecret): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'supabase', exp: 4_000_000_000, ...claims })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export const keys = { anon: signed({ role: 'anon' }), service: signed({ role: 'service_role' }) };

function program(name: 'POSTGRES_BIN' | 'POSTRUST_BIN'): string {
  const path = process.env[name];
  if (!path) throw new Error(`${name} is not set. "npm run test:services" brings what these tests need.`);
  return path;
}

export class SupabaseStandIn {
  weather: Weather = {};
  #folder = '';
  #database: ChildProcess | undefined;
  #databasePort = 0;
  #front: ChildProcess | undefined;
  #frontPort = 0;
  #gateway: Server | undefined;
  #gatewayPort = 0;
  #requests = 0;
  /** PostgreSQL does not run as root. */
  #user: { uid?: number; gid?: number } = {};
  readonly #agent = new Agent({ keepAlive: true });

  /** @param migrated false: a project that nobody has applied the migrations to. */
  static async start({ migrated = true } = {}): Promise<SupabaseStandIn> {
    const standIn = new SupabaseStandIn();
    try {
      await standIn.#make();
      if (migrated) await standIn.migrate();
      await standIn.startFront();
      await standIn.open();
    } catch (error) {
      await standIn.close();
      throw error;
    }
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#gatewayPort}`;
  }

  /** Changes how the gateway treats what comes from now on. */
  change(weather: Weather): void {
    this.weather = weather;
    this.#requests = 0;
  }

  /** Requests since the weather changed. */
  get requests(): number {
    return this.#requests;
  }

  async migrate(): Promise<void> {
    for (const file of (await readdir(migrations)).sort()) {
      await this.sql(await readFile(join(migrations, file), 'utf8'), 'postgres');
    }
    // As Supabase does: the front learns of new tables.
    await this.sql(`notify pgrst, 'reload schema'`);
  }

  /** Rows as objects. Runs as the project's owner, past row level security, unless a role is named. */
  async query<Row>(select: string): Promise<Row[]> {
    const text = await this.sql(`select coalesce(json_agg(row_to_json(rows)), '[]') from (${select}) rows`);
    return JSON.parse(text) as Row[];
  }

  async sql(text: string, role = 'supabase_admin'): Promise<string> {
    const child = spawn(
      join(program('POSTGRES_BIN'), 'psql'),
      [
        '-X',
        '-q',
        '-A',
        '-t',
        '-v',
        'ON_ERROR_STOP=1',
        '-h',
        '127.0.0.1',
        '-p',
        `${this.#databasePort}`,
        '-U',
        role,
        '-d',
        'postgres',
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    let output = '';
    let problem = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      problem += chunk;
    });
    // It may end without reading; why is in what it says.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`psql: ${problem}`);
    return output;
  }

  async startDatabase(): Promise<void> {
    await until('the database takes connections', async () => {
      if (!runs(this.#database)) {
        // What is left of one that was killed may still hold its shared memory for a moment.
        this.#database = spawn(
          join(program('POSTGRES_BIN'), 'postgres'),
          ['-D', join(this.#folder, 'data'), '-p', `${this.#databasePort}`, '-k', this.#folder],
          { ...this.#user, stdio: 'ignore', cwd: this.#folder },
        );
      }
      return this.sql('select 1').then(
        () => true,
        () => false,
      );
    });
  }

  async killDatabase(): Promise<void> {
    await killed(this.#database);
  }

  async startFront(): Promise<void> {
    this.#frontPort ||= await freePort();
    this.#front = spawn(program('POSTRUST_BIN'), {
      stdio: 'ignore',
      env: {
        ...process.env,
        PGRST_DB_URI: `postgres://authenticator@127.0.0.1:${this.#databasePort}/postgres`,
        PGRST_DB_SCHEMAS: 'public',
        PGRST_DB_ANON_ROLE: 'anon',
        PGRST_JWT_SECRET: jwtSecret,
        PGRST_COMPAT_MODE: 'true',
        PGRST_SERVER_HOST: '127.0.0.1',
        PGRST_SERVER_PORT: `${this.#frontPort}`,
        PGRST_DB_CHANNEL_ENABLED: 'true',
        PGRST_DB_CHANNEL: 'pgrst',
        PGRST_LOG_LEVEL: 'error',
      },
    });
    await until('the front answers', () =>
      fetch(`http://127.0.0.1:${this.#frontPort}/`).then(
        () => true,
        () => false,
      ),
    );
  }

  async killFront(): Promise<void> {
    await killed(this.#front);
  }

  /** Opens the gateway, at the same address each time. */
  async open(): Promise<void> {
    const server = createServer((incoming, outgoing) => {
      this.#pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
    server.listen(this.#gatewayPort, '127.0.0.1');
    await once(server, 'listening');
    this.#gateway = server;
    this.#gatewayPort = (server.address() as AddressInfo).port;
  }

  /** Nobody listens any more, and every line is cut. */
  async shut(): Promise<void> {
    const server = this.#gateway;
    this.#gateway = undefined;
    if (server === undefined) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  async close(): Promise<void> {
    await this.shut();
    this.#agent.destroy();
    await killed(this.#front);
    const database = this.#database;
    if (runs(database)) {
      // Fast shutdown.
      database.kill('SIGINT');
      await once(database, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #make(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'autamedica-supabase-'));
    if (process.getuid?.() === 0) {
      const id = async (option: string) =>
        Number((await promisify(execFile)('id', [option, 'postgres'])).stdout);
      this.#user = { uid: await id('-u'), gid: await id('-g') };
      await chown(this.#folder, this.#user.uid ?? 0, this.#user.gid ?? 0);
    }
    const data = join(this.#folder, 'data');
    await promisify(execFile)(
      join(program('POSTGRES_BIN'), 'initdb'),
      ['-D', data, '-U', 'supabase_admin', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'],
      { ...this.#user, cwd: this.#folder },
    );
    // Killed programs lose nothing that the operating system has taken, so the disk need not be waited for.
    await writeFile(join(data, 'postgresql.auto.conf'), "listen_addresses = '127.0.0.1'\nfsync = off\n");
    this.#databasePort = await freePort();
    await this.startDatabase();
    await this.sql(roles);
  }

  /** As Supabase's own gateway: no key, no way in; and what is asked without a token is asked by the key's role. */
  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const weather = this.weather;
    const number = this.#requests++;
    const { apikey, host: _, ...headers } = incoming.headers;
    if (apikey !== keys.anon && apikey !== keys.service) {
      outgoing.writeHead(401, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ message: 'Invalid API key' }));
      return;
    }
    await weather.before?.(number);
    const upstream = request(
      {
        host: '127.0.0.1',
        port: this.#frontPort,
        method: incoming.method,
        // postrust does not know the quotes that supabase-js puts around the names of columns.
        path: incoming.url
          ?.replace(/^\/rest\/v1/, '')
          .replace(/([?&]columns=)([^&]*)/, (_all, name, value) => name + value.replaceAll(/%22|"/g, '')),
        headers: { authorization: `Bearer ${apikey}`, ...headers },
        agent: this.#agent,
      },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk);
        if ((await weather.after?.(number)) === 'cut') {
          outgoing.destroy();
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.end(Buffer.concat(chunks));
      },
    );
    upstream.on('error', () => {
      if (outgoing.headersSent) return void outgoing.destroy();
      outgoing.writeHead(502, { 'content-type': 'text/plain' });
      outgoing.end('Bad gateway');
    });
    incoming.pipe(upstream);
  }
}

/** Roles, grants and the function that policies use, as every Supabase project has them. */
const roles = `
  create role postgres login createrole createdb bypassrls replication;
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  create role authenticator login noinherit;
  grant anon, authenticated, service_role to authenticator;
  grant anon, authenticated, service_role to postgres with admin option;
  alter schema public owner to postgres;
  grant usage on schema public to anon, authenticated, service_role;
  alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;
  alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
  create schema auth;
  grant usage on schema auth to anon, authenticated, service_role;
  create function auth.jwt() returns jsonb language sql stable as
    $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
`;

function runs(child: ChildProcess | undefined): child is ChildProcess {
  return child?.exitCode === null && child.signalCode === null;
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (!runs(child)) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
