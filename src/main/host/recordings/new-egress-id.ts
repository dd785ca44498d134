/** Ids of recordings, as LiveKit writes its own. */
import { customAlphabet } from 'nanoid';

const random = customAlphabet('23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz', 16);

export function newEgressId(): string {
  return `EG_${random()}`;
}
