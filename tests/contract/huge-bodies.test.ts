/** Ten megabytes where a few hundred bytes belong, at every operation and every door: refused, forgotten, and the host goes on. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { type AnyContractRouter, isContractProcedure } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/message-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { contractRoutes } from '../../src/main/host/rest/routes.ts';
import { contract } from '../../src/shared/contract/contract.ts';
import { requestSchemas } from '../../src/shared/signaling/messages.ts';
import { type KillableHost, startHostProcess } from '../support/killable-host.ts';
import { closeTestHost, HandMadeClient, joinBy, startTestHost, type TestHost } from '../support/test-host.ts';

const huge = 10 * 1024 * 1024;
const text = 'x'.repeat(huge);
/** What the memory may grow by while hundreds of megabytes are sent, bytes. */
const few = 5 * huge;
const piece = Buffer.alloc(16_384, 'x');
const routes = contractRoutes(contract);
/** As browsers do: whoever closes a connection that is still being written to is not heard. */
const agent = new Agent({ keepAlive: true });

let dataDir: string;
let host: KillableHost;
let patientToken: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'autamedica-huge-'));
  host = await startHostProcess(dataDir);
  ({ patientToken } = await create('c'));
});
afterAll(async () => {
  agent.destroy();
  await host.kill();
  await rm(dataDir, { recursive: true, force: true });
});

async function create(consultationId: string): Promise<{ patientToken: string; doctorToken: string }> {
  const created = await fetch(`${host.url}/api/consultations/create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ consultationId, patientId: 'p', doctorId: 'd' }),
  });
  return ((await created.json()) as { data: { patientToken: string; doctorToken: string } }).data;
}

/** The most memory that the host has held so far, bytes. Only Linux tells. */
function peakMemory(): number {
  const status = readFileSync(`/proc/${host.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** Does something twice; how much more memory the host needed the second time than ever before, bytes. */
async function growth(work: () => Promise<void>): Promise<number> {
  await work();
  const before = peakMemory();
  await work();
  return peakMemory() - before;
}

interface Sent {
  readonly status: number;
  readonly code: string | undefined;
}

/** Sends a body piece by piece until the host has answered, as browsers do; what it answered. */
function send(
  method: string,
  path: string,
  { chunked = false, token }: { chunked?: boolean; token?: string } = {},
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const sending = request(`${host.url}${path}`, {
      method,
      agent,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': huge }),
      },
    });
    let left = huge;
    const more = () => {
      if (sending.destroyed) return;
      if (left === 0) sending.end();
      else {
        left -= piece.length;
        sending.write(piece, () => setImmediate(more));
      }
    };
    sending.on('response', (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        const { error } = JSON.parse(body) as { error?: { code: string } };
        resolve({ status: response.statusCode ?? 0, code: error?.code });
        sending.destroy();
      });
      response.on('error', reject);
    });
    sending.on('error', reject);
    more();
  });
}

const stillAnswers = async () => {
  const response = await fetch(`${host.url}/health`);
  expect(response.status).toBe(200);
  expect(((await response.json()) as { status: string }).status).toBe('ok');
};

interface How {
  readonly chunked?: boolean;
  readonly byParticipant?: boolean;
}

describe('over HTTP', () => {
  const withBody = routes.filter(({ method }) => method !== 'GET');
  const address = (path: string) => path.replace(/\{[^}]+\}/g, 'c');

  test.each([
    ['of a length that was said', {}],
    ['of a length that was not said', { chunked: true }],
    ['sent by a participant', { byParticipant: true }],
  ])('every operation refuses a body %s', async (_what, { chunked = false, byParticipant = false }: How) => {
    const grown = await growth(async () => {
      for (const { operation, method, path } of withBody) {
        const token = byParticipant ? { token: patientToken } : {};
        const sent = await send(method, address(path), { chunked, ...token });
        expect(sent, operation).toEqual({ status: 413, code: 'BODY_TOO_LARGE' });
      }
    });
    await stillAnswers();
    expect(grown).toBeLessThan(few);
  });

  test('an operation that takes no body does not read one', async () => {
    // One of them answers only when something has changed.
    const others = routes.filter(
      ({ method, operation }) => method === 'GET' && operation !== 'consultations.changes',
    );
    const grown = await growth(async () => {
      for (const { operation, method, path } of others) {
        const { status } = await send(method, address(path));
        expect(status, operation).toBeLessThan(500);
      }
    });
    await stillAnswers();
    expect(grown).toBeLessThan(few);
  });
});

describe('over Socket.io', () => {
  test('a message ends the connection, whatever it is called, and other people’s go on', async () => {
    const { client: patient } = await joinBy(host.url, patientToken);
    const { doctorToken } = await create('s');
    const grown = await growth(async () => {
      for (const name of [...Object.keys(requestSchemas), 'nothing-of-ours']) {
        const { client } = await joinBy(host.url, doctorToken);
        client.send(name, { text }).catch(() => undefined);
        await client.disconnected();
      }
    });
    await patient.request('echo');
    patient.close();
    await stillAnswers();
    expect(grown).toBeLessThan(few);
  });

  test('a credential of that size lets nobody in', async () => {
    const client = new HandMadeClient(host.url, text);
    await new Promise((resolve) => client.socket.io.once('close', resolve));
    expect(client.socket.connected).toBe(false);
    client.close();
    await stillAnswers();
  });

  test('a request of the older way is refused too', async () => {
    const opened = await (await fetch(`${host.url}/socket.io/?EIO=4&transport=polling`)).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const response = await fetch(`${host.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
      method: 'POST',
      body: `4${text}`,
    }).catch(() => undefined);
    // Answered, or cut off while it was still sending.
    expect(response?.status ?? 413).toBe(413);
    await stillAnswers();
  });
});

describe('over a message port', () => {
  /** Every operation with each of its inputs that is a text. */
  function texts(router: AnyContractRouter, prefix: readonly string[] = []): [string, string][] {
    if (!isContractProcedure(router)) {
      return Object.entries(router).flatMap(([name, part]) => texts(part, [...prefix, name]));
    }
    const input = router['~orpc'].inputSchema;
    if (input === undefined) return [];
    const { properties = {} } = z.toJSONSchema(input as z.ZodType, { io: 'input', unrepresentable: 'any' });
    return Object.entries(properties).flatMap(([name, schema]) =>
      typeof schema === 'object' && schema.type === 'string' ? [[prefix.join('.'), name]] : [],
    );
  }
  const cases = texts(contract);

  let own: TestHost;
  beforeAll(async () => {
    own = await startTestHost();
  });
  afterAll(() => closeTestHost(own));

  test('there is something to try', () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  test.each(cases)('%s refuses a %s of that size', async (operation, name) => {
    const { port1, port2 } = new MessageChannel();
    new RPCHandler(own.router).upgrade(port1, {
      context: { caller: { role: 'admin' }, baseUrl: own.url, remoteAddress: 'window' },
    });
    port1.start();
    const client = createORPCClient(new RPCLink({ port: port2 }));
    port2.start();
    const procedure = operation
      .split('.')
      .reduce<unknown>((part, step) => (part as Record<string, unknown>)[step], client) as (
      input: unknown,
    ) => Promise<unknown>;
    const refusal = await procedure({ [name]: text }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'BAD_REQUEST' });
    const issues = (refusal as { data: readonly { path: readonly string[] }[] }).data;
    expect(issues.map(({ path }) => path[0])).toContain(name);
    port1.close();
    port2.close();
  });
});
