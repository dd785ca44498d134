/** Small texts kept by the browser. One that refuses storage just does not remember. */

export type Remembering = () => Storage;

const forGood: Remembering = () => localStorage;

export function recall(key: string, storage: Remembering = forGood): string | undefined {
  try {
    return storage().getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param value undefined forgets. */
export function remember(key: string, value: string | undefined, storage: Remembering = forGood): void {
  try {
    if (value === undefined) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    // Private windows may refuse; what was chosen still holds for this page.
  }
}

/** A kept JSON value; undefined when there is none or it was damaged. */
export function recallValue(key: string): unknown {
  try {
    return JSON.parse(recall(key) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
