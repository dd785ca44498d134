/** A window of the app as the host sees it: a thread of its own at the other end of a message port. */
import { parentPort, workerData } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../../../src/shared/contract/contract.ts';
import { load, perSecond, type QuestionName, questions } from './questions.ts';

const { port } = workerData;
const client: ContractRouterClient<Contract> = createORPCClient(new RPCLink({ port }));
port.start();

parentPort?.on('message', (name: QuestionName) => {
  void perSecond(() => client.consultations.find(questions[name]), load).then((rate) =>
    parentPort?.postMessage(rate),
  );
});
