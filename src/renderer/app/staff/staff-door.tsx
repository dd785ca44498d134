/** Around everything that is the staff's: knows who is here, and asks for a pairing code where the host knows nobody. */
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react';
import type { StaffSelf } from '../../../shared/contract/staff.ts';
import { staffHost, staffRefusal } from '../hosts.ts';
import { usePolled } from '../polled.ts';
import { useStore } from '../store.ts';
import { PairComputer } from './pair-computer.tsx';

/** Also notices that this computer was revoked while nothing else asks the host. */
const selfPause = 15_000;

export interface Staff {
  /** Undefined until the host has answered. */
  readonly self: StaffSelf | undefined;
  /** Whether the clinical side may be shown. The host decides again at each use. */
  readonly treats: boolean;
  readonly administers: boolean;
  /** Asks again, after the clinic's name was changed. */
  readonly refresh: () => void;
}

const Context = createContext<Staff>({
  self: undefined,
  treats: false,
  administers: false,
  refresh: () => {},
});

/** Who is here; for what is inside a StaffDoor. */
export function useStaff(): Staff {
  return useContext(Context);
}

function Inside({ children }: { readonly children: ReactNode }) {
  const { data: self, refresh } = usePolled(async () => (await staffHost()).staff.me(), selfPause);
  const staff = useMemo(
    () => ({
      self,
      treats: self?.role === 'admin' || self?.role === 'clinician',
      administers: self?.role === 'admin',
      refresh,
    }),
    [self, refresh],
  );
  return <Context value={staff}>{children}</Context>;
}

export default function StaffDoor({ children }: { readonly children: ReactNode }) {
  const refusal = useStore(staffRefusal);
  // Another tab was paired, or unpaired.
  useEffect(() => {
    const follow = (event: StorageEvent) => event.key === 'autamedica.credential' && location.reload();
    globalThis.addEventListener('storage', follow);
    return () => globalThis.removeEventListener('storage', follow);
  }, []);
  if (refusal) return <PairComputer revoked={refusal.code === 'DEVICE_REVOKED'} />;
  return <Inside>{children}</Inside>;
}
