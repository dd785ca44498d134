/** Why one's own camera or microphone does not work during a call, and what to do. */
import type { DeviceProblem } from '../../media/local-media-view.ts';

export const microphoneProblems: Readonly<Record<DeviceProblem, string>> = {
  blocked: 'call.microphoneBlocked',
  missing: 'call.microphoneMissing',
  busy: 'call.microphoneBusy',
  unknown: 'call.microphoneUnknown',
};
export const cameraProblems: Readonly<Record<DeviceProblem, string>> = {
  blocked: 'call.cameraBlocked',
  missing: 'call.cameraMissing',
  busy: 'call.cameraBusy',
  unknown: 'call.cameraUnknown',
};
