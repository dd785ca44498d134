/** What a window may know of its own camera, microphone, speaker and screen: plain values, no devices. */

import type { Check, MediaState } from '../../shared/signaling/messages.ts';
import type { LocalTracks } from '../call/transport.ts';

/** Why a device does not work: permission refused, nothing plugged in, used by another program, or something else. */
export type DeviceProblem = 'blocked' | 'missing' | 'busy' | 'unknown';

export interface Device {
  readonly id: string;
  /** As the system names it; empty until permission was given once. */
  readonly label: string;
}

/** A camera or microphone. */
export interface InputView {
  /** The latest wish of the person. */
  readonly wanted: boolean;
  /** `off`: not wanted, or never started. `on` for a muted microphone too: see `MediaState`. */
  readonly state: 'off' | 'starting' | 'on' | 'problem';
  readonly problem?: DeviceProblem;
  /** The browser or the system refused it the last time, also when it is not wanted any more. */
  readonly refused?: boolean;
  readonly devices: readonly Device[];
  /** What the person chose, plugged in or not; absent: the system's default. */
  readonly chosen?: string;
  /** What is really being used now. */
  readonly using?: string;
}

export interface SpeakerView {
  readonly devices: readonly Device[];
  readonly chosen?: string;
  readonly using?: string;
  /** False where the browser has no choice of speaker (Safari, older Firefox). */
  readonly selectable: boolean;
}

export interface ScreenView {
  readonly state: 'off' | 'starting' | 'on';
  readonly withAudio: boolean;
  /** Why the last attempt did not share. Absent when the person just closed the picker. */
  readonly problem?: DeviceProblem;
  /** False where the browser cannot share a screen (phones). */
  readonly possible: boolean;
}

export interface LocalMediaSnapshot {
  readonly camera: InputView;
  readonly microphone: InputView;
  readonly speaker: SpeakerView;
  readonly screen: ScreenView;
  /** What to send and to preview. A muted microphone keeps its track, with `enabled` false. */
  readonly tracks: LocalTracks;
  /** What the others are told. */
  readonly media: MediaState;
}

/** The readiness card's word for a device. */
export function checkOf(input: InputView): Check {
  switch (input.state) {
    case 'off':
      return input.refused ? 'blocked' : 'off';
    case 'starting':
      return 'unknown';
    case 'on':
      return input.wanted ? 'ok' : 'off';
    case 'problem':
      return input.problem === undefined || input.problem === 'unknown' ? 'unknown' : input.problem;
  }
}
