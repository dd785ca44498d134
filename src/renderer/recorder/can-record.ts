/** Whether this browser can record a call. Small: every doctor's page asks before it loads anything of the recorder. */
export function canRecord(): boolean {
  return [
    'MediaStreamTrackProcessor',
    'VideoEncoder',
    'AudioEncoder',
    'AudioWorkletNode',
    'OffscreenCanvas',
    'indexedDB',
  ].every((name) => name in globalThis);
}
