/** Turns what getUserMedia and getDisplayMedia reject with into a plain word. */
import type { DeviceProblem } from './local-media-view.ts';

/** By the names of the Media Capture and Streams specification, section 10.2, and older browsers' ones. */
export function problemOf(error: unknown): DeviceProblem {
  switch (nameOf(error)) {
    case 'NotAllowedError':
    case 'SecurityError':
    case 'PermissionDeniedError':
      return 'blocked';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy';
    default:
      return 'unknown';
  }
}

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}
