/** Remembers which camera, microphone and speaker a person chose, behind an interface small enough to fake. */
import type { Device } from './local-media-view.ts';

export type DeviceKind = 'camera' | 'microphone' | 'speaker';

export interface DeviceMemory {
  read(kind: DeviceKind): Device | undefined;
  write(kind: DeviceKind, device: Device | undefined): void;
}

/** In the page's own storage. A browser that refuses storage just does not remember. */
export function browserDeviceMemory(storage: () => Storage = () => localStorage): DeviceMemory {
  const keyOf = (kind: DeviceKind) => `autamedica.device.${kind}`;
  return {
    read(kind) {
      try {
        const stored: unknown = JSON.parse(storage().getItem(keyOf(kind)) ?? 'null');
        if (typeof stored !== 'object' || stored === null) return undefined;
        const { id, label } = stored as Partial<Device>;
        return typeof id === 'string' && typeof label === 'string' ? { id, label } : undefined;
      } catch {
        return undefined;
      }
    },
    write(kind, device) {
      try {
        if (device === undefined) storage().removeItem(keyOf(kind));
        else storage().setItem(keyOf(kind), JSON.stringify(device));
      } catch {
        // Private windows may refuse; the choice still holds for this page.
      }
    },
  };
}
