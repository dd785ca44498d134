/** What the window and the recorder's worker say to each other. */
import type * as z from 'zod/mini';
import type { ErrorCode } from '../../shared/contract/errors.ts';
import type { RecorderOrders, recordingRequestSchemas } from '../../shared/signaling/recording.ts';
import type { Scene } from './layout.ts';

export type ToWorker =
  /** The latest orders of the host for this consultation. */
  | { readonly type: 'orders'; readonly consultationId: string; readonly orders: RecorderOrders | undefined }
  /** The host can be reached again. */
  | { readonly type: 'online' }
  | { readonly type: 'scene'; readonly scene: Scene }
  | { readonly type: 'picture'; readonly key: string; readonly frames: ReadableStream<VideoFrame> }
  | { readonly type: 'no-picture'; readonly key: string }
  /** The mixed sound, as Float32Array of samples, comes by this port from now on. */
  | { readonly type: 'sound'; readonly port: MessagePort }
  | { readonly type: 'no-sound' }
  /** The answer to a `request`; `code` when the host refused it, `unreachable` when it could not be asked. */
  | { readonly type: 'answer'; readonly request: number; readonly outcome: Outcome };

export type Outcome = 'done' | 'unreachable' | { readonly code: ErrorCode };

/** What keeps recording from going as it should, while it goes on. */
export type RecorderProblem =
  /** The clinic's disk takes no more; segments are kept here. */
  | 'host-full'
  /** This computer's storage takes no more: what is not sent yet would be lost with the window. */
  | 'memory-only'
  /** No picture can be encoded; sound goes on. */
  | 'no-picture';

export interface Progress {
  readonly egressId: string;
  /** µs of the recording that were captured. */
  readonly capturedUs: number;
  /** Segments the host does not have yet. */
  readonly unsent: number;
  readonly problems: readonly RecorderProblem[];
  /** Everything was sent, or is not wanted any more. */
  readonly over: boolean;
}

export type SegmentPayload = z.infer<(typeof recordingRequestSchemas)['segment']>;
export type RecordedPayload = z.infer<(typeof recordingRequestSchemas)['recorded']>;

/** What the worker wants of the host; only the window has a line to it. */
export type HostRequest =
  | { readonly name: 'segment'; readonly payload: SegmentPayload }
  | { readonly name: 'recorded'; readonly payload: RecordedPayload };

export type FromWorker =
  | { readonly type: 'request'; readonly request: number; readonly what: HostRequest }
  | { readonly type: 'progress'; readonly progress: Progress }
  /** No sound came for a while although it should: its source has to be made anew. */
  | { readonly type: 'sound-stalled' };
