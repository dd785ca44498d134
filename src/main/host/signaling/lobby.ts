/**
 * Connections of whom nothing is known yet. What they send is kept until it is whole, and a request is all it takes to begin one, so
 * there are few from one place, they may say little, and not for long.
 */
import type { Socket } from 'socket.io';
import { PlaceCount } from '../network/addresses.ts';

type Connection = Socket['conn'];

/** After a restart of the host everybody of a clinic behind one address comes at once, and each for a moment. */
const mostOfPlace = 100;
const most = 2_000;
/** Before it is let in a connection shows a token, of about a kilobyte, bytes. */
const mostSaid = 32 * 1024;

export class Lobby {
  readonly #waiting = new Map<Connection, string>();
  readonly #byPlace = new PlaceCount();

  hasRoom(place: string): boolean {
    return this.#waiting.size < most && this.#byPlace.of(place) < mostOfPlace;
  }

  /** Ends a connection that says more than who it is. */
  enter(connection: Connection, place: string): void {
    this.#waiting.set(connection, place);
    this.#byPlace.add(place);
    let said = 0;
    connection.on('data', (data: string | Uint8Array) => {
      if (!this.#waiting.has(connection)) return;
      said += data.length;
      if (said > mostSaid) connection.close(true);
    });
    connection.once('close', () => this.leave(connection));
  }

  /** It is known who it is, or it is gone. */
  leave(connection: Connection): void {
    const place = this.#waiting.get(connection);
    if (place === undefined) return;
    this.#waiting.delete(connection);
    this.#byPlace.take(place);
  }
}
