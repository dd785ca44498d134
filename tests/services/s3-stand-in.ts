/**
 * A clinic's S3 server: Versity's gateway over a folder, with a line of ours before it that counts what passes, and that can cut,
 * delay or refuse. The gateway can be killed and started again.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { untilWithin } from '../support/until.ts';

const until = untilWithin(30_000);

/** A request as it passes, told by what it does. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Of a part that is sent; 0 otherwise. */
  readonly part: number;
}

export interface Weather {
  /** Before it is passed on. An answer is given in the server's place. `cut`: the line is, at once. */
  before?(passing: Passing): Promise<Refusal | 'cut' | undefined> | Refusal | 'cut' | undefined;
  /** With the server's answer there and not given yet. */
  after?(passing: Passing): Promise<'cut' | undefined> | 'cut' | undefined;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
}

/** A part that the server took, as often as it did. */
export interface TakenPart {
  readonly key: string;
  readonly part: number;
  readonly bytes: number;
}

export const accessKey = { id: 'clinic-of-the-tests', secret: 'a-secret-of-these-tests-alone' } as const;

export class S3StandIn {
  weather: Weather = {};
  /** Those whose answer was 200. */
  taken: TakenPart[] = [];
  /** The next download is cut after so many bytes. */
  breakAfter: number | undefined;
  /** Bytes of parts that came in at all. */
  arrivedBytes = 0;
  readonly #folder: string;
  #gateway: ChildProcess | undefined;
  #gatewayPort = 0;
  #line: Server | undefined;
  #linePort = 0;
  #agent = new Agent({ keepAlive: false });
  readonly #options: readonly string[];

  private constructor(folder: string, options: readonly string[]) {
    this.#folder = folder;
    this.#options = options;
  }

  /** @param options of its POSIX storage. */
  static async start(options: readonly string[] = []): Promise<S3StandIn> {
    const standIn = new S3StandIn(await mkdtemp(join(tmpdir(), 'autamedica-s3-')), options);
    try {
      for (const name of ['data', 'versions']) await mkdir(join(standIn.#folder, name));
      await standIn.startGateway();
      standIn.#line = createServer((incoming, answer) => {
        standIn.#pass(incoming, answer).catch(() => answer.destroy());
      }).listen(0, '127.0.0.1');
      await once(standIn.#line, 'listening');
      standIn.#linePort = (standIn.#line.address() as AddressInfo).port;
    } catch (error) {
      await standIn.close();
      throw error;
    }
    return standIn;
  }

  /** Where clients reach it, through our line. */
  get url(): string {
    return `http://127.0.0.1:${this.#linePort}`;
  }

  /** The settings of a host that uses it. */
  settings(bucket: string): Record<string, string> {
    return {
      S3_ENDPOINT: this.url,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: accessKey.id,
      S3_SECRET_ACCESS_KEY: accessKey.secret,
    };
  }

  async startGateway(): Promise<void> {
    const path = process.env.VERSITYGW;
    if (!path) throw new Error('VERSITYGW is not set. "npm run test:services" brings what these tests need.');
    this.#gatewayPort ||= await freePort();
    const child = spawn(
      path,
      [
        ...['--port', `127.0.0.1:${this.#gatewayPort}`, '--quiet', 'posix', ...this.#options],
        ...['--versioning-dir', join(this.#folder, 'versions'), join(this.#folder, 'data')],
      ],
      {
        env: { ...process.env, ROOT_ACCESS_KEY: accessKey.id, ROOT_SECRET_KEY: accessKey.secret },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    this.#gateway = child;
    await until('the S3 server takes connections', async () => {
      if (child.exitCode !== null) throw new Error(`The S3 server ended: ${said}`);
      return takesConnections(this.#gatewayPort);
    });
  }

  /** At once, with SIGKILL. */
  async killGateway(): Promise<void> {
    const child = this.#gateway;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** By curl, which signs as Amazon's clients do and is none of them. @param lock makes the bucket with Object Lock. */
  async makeBucket(name: string, { lock = false, versions = false } = {}): Promise<void> {
    await this.curl(
      ['-X', 'PUT', ...(lock ? ['-H', 'x-amz-bucket-object-lock-enabled: true'] : [])],
      `/${name}`,
    );
    if (!versions && !lock) return;
    const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    await this.curl(['-X', 'PUT', '--data-binary', body], `/${name}?versioning=`);
  }

  /** @returns the body of the answer. @throws Error with the body of a refusal. */
  async curl(options: readonly string[], path: string): Promise<Buffer> {
    const { stdout } = await promisify(execFile)(
      'curl',
      [
        ...['--silent', '--show-error', '--fail-with-body', '--aws-sigv4', 'aws:amz:us-east-1:s3'],
        ...['--user', `${accessKey.id}:${accessKey.secret}`],
        ...['--header', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', ...options],
        `http://127.0.0.1:${this.#gatewayPort}${path}`,
      ],
      { encoding: 'buffer', maxBuffer: 1 << 30 },
    ).catch((error: { stdout: Buffer; message: string }) => {
      throw new Error(`curl ${path}: ${error.stdout || error.message}`);
    });
    return stdout;
  }

  /** What a list of XML has between these tags. */
  async listed(path: string, tag: string): Promise<string[]> {
    const text = (await this.curl([], path)).toString();
    return [...text.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map((match) => match[1] ?? '');
  }

  /** The folders of the server, whatever is in them. */
  async leftOnDisk(bucket: string): Promise<string[]> {
    const names: string[] = [];
    for (const folder of ['data', 'versions']) {
      const found = await readdir(join(this.#folder, folder, bucket), {
        recursive: true,
        withFileTypes: true,
      }).catch(() => []);
      names.push(...found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name)));
    }
    return names;
  }

  async close(): Promise<void> {
    this.#line?.close();
    this.#line?.closeAllConnections();
    this.#agent.destroy();
    await this.killGateway();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #break(response: IncomingMessage, answer: ServerResponse): void {
    const limit = this.breakAfter;
    if (limit === undefined) return;
    let passed = 0;
    response.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      if (passed < limit || this.breakAfter === undefined) return;
      this.breakAfter = undefined;
      answer.destroy();
      response.destroy();
    });
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', this.url);
    const passing: Passing = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      part: incoming.method === 'PUT' ? Number(url.searchParams.get('partNumber') ?? 0) : 0,
    };
    const instead = await this.weather.before?.(passing);
    if (instead === 'cut') {
      incoming.socket.destroy();
      return;
    }
    if (instead !== undefined) {
      incoming.resume();
      answer.writeHead(instead.status, { 'content-type': 'application/xml', connection: 'close' });
      const { code, message = '' } = instead;
      answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
      return;
    }
    let bytes = 0;
    const onward = request({
      host: '127.0.0.1',
      port: this.#gatewayPort,
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: incoming.headers,
      agent: this.#agent,
    });
    onward.on('error', () => answer.destroy());
    onward.on('response', (response) => {
      const give = async () => {
        if (passing.part > 0 && response.statusCode === 200)
          this.taken.push({ key: passing.path, part: passing.part, bytes });
        if ((await this.weather.after?.(passing)) === 'cut') {
          answer.destroy();
          response.destroy();
          return;
        }
        answer.writeHead(response.statusCode ?? 502, response.headers);
        if (passing.method === 'GET') this.#break(response, answer);
        response.pipe(answer);
        response.on('error', () => answer.destroy());
        response.on('aborted', () => answer.destroy());
      };
      give().catch(() => answer.destroy());
    });
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (passing.part > 0) this.arrivedBytes += chunk.length;
    });
    incoming.on('aborted', () => onward.destroy());
    incoming.pipe(onward);
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
