/** A call's snapshot, always the newest. */
import type { Call, CallSnapshot } from '../call/call.ts';
import { useStore } from './store.ts';

export function useCall(call: Call): CallSnapshot {
  return useStore(call);
}
