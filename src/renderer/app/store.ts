/** The one bridge from a store (call, local media, preferences) to React. */
import { useSyncExternalStore } from 'react';

export interface Store<T> {
  snapshot(): T;
  subscribe(listener: () => void): () => void;
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.snapshot(),
  );
}
