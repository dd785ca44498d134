/** The floor for operations: hono on the same adapter, and a bare message port, with the host's own answers ready in memory. */
import type { AddressInfo } from 'node:net';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { serveMeasurements } from '../measured-process.ts';
import { countCalls, type PortQuestion } from './port-calls.ts';

/** What the host answered, by operation. */
type Answers = Readonly<Record<string, unknown>>;
let answers: Answers = {};

const app = new Hono();
app.get('/health', (context) => context.json(answers.health));
app.get('/api/consultations', (context) => context.json(answers.list));
app.get('/api/consultations/:id', (context) => context.json(answers.get));
app.post('/api/consultations/create', async (context) => {
  await context.req.json();
  return context.json(answers.create);
});

function openPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', (text: string) => {
    const { id, operation } = JSON.parse(text) as { id: number; operation: string };
    port1.postMessage(JSON.stringify({ id, data: answers[operation] }));
  });
  return port2;
}

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => {
  serveMeasurements(
    { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    async (question: PortQuestion | { answers: Answers }) => {
      if ('answers' in question) {
        answers = question.answers;
        return {};
      }
      return countCalls('bare', openPort(), question);
    },
  );
});
process.on('SIGTERM', () => process.exit(0));
