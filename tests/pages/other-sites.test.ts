/** Pages of other sites, in the browser of somebody at the clinic's own computer, get nothing from the host and change nothing: across sites, and by a name that was rebound to this computer. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '../support/web-test.ts';

const switches = ['--host-resolver-rules=MAP evil.example 127.0.0.1, MAP rebound.example 127.0.0.1'];
const consultation = { consultationId: 'forged', patientId: 'patient-x', doctorId: 'doctor-x' };

test("another site's page can neither read nor write, by any way a browser has", async ({
  host,
  openPerson,
}) => {
  const site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Another site</title><iframe name="sink"></iframe>');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  const { page } = await openPerson('patient', { switches });
  await page.goto(`http://evil.example:${(site.address() as AddressInfo).port}/`);
  const outcomes = await page.evaluate(
    async ({ url, consultation }) => {
      const body = JSON.stringify(consultation);
      const create = `${url}/api/consultations/create`;
      const read = (request: Promise<Response>) =>
        request.then(
          async (response) => (response.type === 'opaque' ? 'unread' : await response.text()),
          () => 'unread',
        );
      const socket = (address: string) =>
        new Promise<string>((resolve) => {
          const opened = new WebSocket(address);
          opened.onopen = () => resolve('opened');
          opened.onerror = () => resolve('refused');
        });
      const form = Object.assign(document.createElement('form'), {
        action: create,
        method: 'post',
        enctype: 'text/plain',
        target: 'sink',
      });
      const [start, end] = body.split(/,(?="doctorId")/);
      form.append(
        Object.assign(document.createElement('input'), { name: `${start},"x":"`, value: `",${end}` }),
      );
      document.body.append(form);
      form.submit();
      navigator.sendBeacon(create, new Blob([body], { type: 'text/plain' }));
      const image = new Promise<string>((resolve) => {
        const picture = new Image();
        picture.onload = () => resolve('loaded');
        picture.onerror = () => resolve('refused');
        picture.src = `${url}/api/consultations`;
      });
      return {
        get: await read(fetch(`${url}/api/consultations`)),
        blind: await read(fetch(create, { method: 'POST', mode: 'no-cors', body })),
        asked: await read(
          fetch(create, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
        ),
        removed: await read(fetch(`${url}/api/rooms/x/participants/y`, { method: 'DELETE' })),
        image: await image,
        signaling: await socket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`),
        video: await socket(`${url.replace('http', 'ws')}/rtc?access_token=x`),
      };
    },
    { url: host.url, consultation },
  );
  expect(outcomes).toEqual({
    get: 'unread',
    blind: 'unread',
    asked: 'unread',
    removed: 'unread',
    image: 'refused',
    signaling: 'refused',
    video: 'refused',
  });
  expect((await host.call('GET', '/api/consultations/forged')).status).toBe(404);
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
});

test('a name that was rebound to this computer opens nothing, though to the browser it is the same site', async ({
  host,
  openPerson,
}) => {
  const { page } = await openPerson('patient', { switches });
  const answer = await page.goto(`http://rebound.example:${host.port}/`);
  expect(answer?.status()).toBe(403);
  const outcomes = await page.evaluate(async (consultation) => {
    const code = async (request: Promise<Response>) =>
      ((await (await request).json()) as { error?: { code: string } }).error?.code;
    return {
      get: await code(fetch('/api/consultations')),
      create: await code(
        fetch('/api/consultations/create', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(consultation),
        }),
      ),
      signaling: await new Promise((resolve) => {
        const socket = new WebSocket(`ws://${location.host}/socket.io/?EIO=4&transport=websocket`);
        socket.onopen = () => resolve('opened');
        socket.onerror = () => resolve('refused');
      }),
    };
  }, consultation);
  expect(outcomes).toEqual({ get: 'FOREIGN_ORIGIN', create: 'FOREIGN_ORIGIN', signaling: 'refused' });
  expect((await host.call('GET', '/api/consultations/forged')).status).toBe(404);
});
