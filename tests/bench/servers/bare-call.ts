/** The floor for calls: serves one plain page and relays between the two of a room over a plain WebSocket. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { serveMeasurements } from '../measured-process.ts';

const page = await readFile(new URL('./bare-call.html', import.meta.url));
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
});

const rooms = new Map<string, Set<WebSocket>>();
new WebSocketServer({ server }).on('connection', (socket, request) => {
  const name = request.url ?? '';
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(socket));
  socket.on('message', (message) => {
    for (const other of room) if (other !== socket) other.send(String(message));
  });
  socket.on('close', () => room.delete(socket));
});

server.listen(0, '127.0.0.1', () => {
  serveMeasurements({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('SIGTERM', () => process.exit(0));
