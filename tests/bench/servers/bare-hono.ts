/** The floor for operations: the same server library answering with objects it already has, and checking nothing. */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { serveMeasurements } from '../measured-process.ts';

const answers = new Map<string, object>();
const app = new Hono();
app.get('/answers/:name', (context) => context.json(answers.get(context.req.param('name')) ?? {}));

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => {
  serveMeasurements(
    { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    async ({ name, answer }: { name: string; answer: object }) => {
      answers.set(name, answer);
      return {};
    },
  );
});
process.on('SIGTERM', () => process.exit(0));
