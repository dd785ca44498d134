/** Calls over a message port, made in a thread of their own as a window's page would, and counted. */
import { once } from 'node:events';
import { type MessagePort, Worker } from 'node:worker_threads';

export interface PortQuestion {
  readonly operation: string;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly concurrency: number;
}

export interface PortOrder extends PortQuestion {
  readonly kind: 'orpc' | 'bare';
  readonly port: MessagePort;
}

export interface Counted {
  readonly calls: number;
  readonly seconds: number;
}

export async function countCalls(
  kind: PortOrder['kind'],
  port: MessagePort,
  question: PortQuestion,
): Promise<Counted> {
  const order: PortOrder = { ...question, kind, port };
  const worker = new Worker(new URL('./port-caller.ts', import.meta.url), {
    workerData: order,
    transferList: [port],
  });
  const [counted] = await once(worker, 'message');
  await worker.terminate();
  return counted as Counted;
}
