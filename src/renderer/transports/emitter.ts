/** The events of a transport: typed, and safe against listeners that leave while being called. */
import type { TransportEvents } from '../call/transport.ts';

type Listeners = { [E in keyof TransportEvents]: Set<TransportEvents[E]> };

export class TransportEmitter {
  readonly #listeners: Listeners = {
    state: new Set(),
    tracks: new Set(),
    quality: new Set(),
    data: new Set(),
  };

  on<E extends keyof TransportEvents>(event: E, listener: TransportEvents[E]): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  emit<E extends keyof TransportEvents>(event: E, value: Parameters<TransportEvents[E]>[0]): void {
    for (const listener of [...this.#listeners[event]]) (listener as (value: unknown) => void)(value);
  }

  clear(): void {
    for (const set of Object.values(this.#listeners)) set.clear();
  }
}
