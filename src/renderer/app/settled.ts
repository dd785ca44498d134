/** A value once it has stayed the same for a while: what somebody wrote, not each of its letters. */
import { useEffect, useState } from 'react';

/** @param after ms. */
export function useSettled<T>(value: T, after: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), after);
    return () => clearTimeout(timer);
  }, [value, after]);
  return settled;
}
