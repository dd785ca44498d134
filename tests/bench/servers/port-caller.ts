/** The thread that stands for a window: calls one operation again and again over its message port. */
import { parentPort, workerData } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../../../src/shared/contract/contract.ts';
import { countFor } from '../count-for.ts';
import { newConsultation } from '../operations.ts';
import type { PortOrder } from './port-calls.ts';

const { kind, operation, port, warmUpMs, measureMs, concurrency } = workerData as PortOrder;

function bareCall(): () => Promise<unknown> {
  const waiting = new Map<number, (data: unknown) => void>();
  let last = 0;
  port.on('message', (text: string) => {
    const { id, data } = JSON.parse(text) as { id: number; data: unknown };
    waiting.get(id)?.(data);
    waiting.delete(id);
  });
  return () =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      port.postMessage(JSON.stringify({ id: last, operation, input: newConsultation() }));
    });
}

function orpcCall(): () => Promise<unknown> {
  const client: ContractRouterClient<Contract> = createORPCClient(
    new RPCLink({ port: port as unknown as globalThis.MessagePort }),
  );
  port.start();
  switch (operation) {
    case 'health':
      return () => client.health();
    case 'get':
      return () => client.consultations.get({ consultationId: 'asked-for-0' });
    case 'list':
      return () => client.consultations.list({ limit: 50 });
    case 'create':
      return () => client.consultations.create(newConsultation());
    default:
      throw new Error(`There is no operation ${operation} to measure.`);
  }
}

const call = kind === 'orpc' ? orpcCall() : bareCall();
parentPort?.postMessage(await countFor(call, { warmUpMs, measureMs, concurrency }));
