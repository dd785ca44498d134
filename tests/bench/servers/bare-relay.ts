/** The floor for signaling: a Socket.io server that relays whatever it gets to the other one of the room, and checks nothing. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { serveMeasurements } from '../measured-process.ts';

const server = createServer();
const io = new Server(server, { serveClient: false });
io.on('connection', (socket) => {
  const { room } = socket.handshake.auth;
  socket.on('join', (_payload, acknowledge) => {
    void socket.join(room);
    acknowledge({ ok: true });
  });
  socket.on('signal', (payload, acknowledge) => {
    socket.to(room).emit('signal', payload);
    acknowledge({ ok: true });
  });
});
server.listen(0, '127.0.0.1', () => {
  serveMeasurements({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('SIGTERM', () => process.exit(0));
