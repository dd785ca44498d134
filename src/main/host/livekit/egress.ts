/** LiveKit Egress through LiveKit's API: every call bounded in time, every failure with words for whoever looks after it. */
import {
  EgressClient,
  type EgressInfo,
  EgressStatus,
  EncodedFileOutput,
  EncodedFileType,
  EncodingOptionsPreset,
  S3Upload,
  ServerError,
} from 'livekit-server-sdk';
import { type ApiAddress, describe } from './room-service.ts';
import type { ApiKey } from './server-config.ts';

const answerWithinSeconds = 5;

/** The page in which Egress shows a room to itself; it serves it on its own computer. */
export const egressPagesOrigin = 'http://localhost:7980';

/** `ended`: its file is complete. `failed`: there is none, or it is not whole. */
export type EgressState = 'starting' | 'active' | 'ending' | 'ended' | 'failed';

/** Nothing more comes of it. */
export function isOver(state: EgressState): boolean {
  return state === 'ended' || state === 'failed';
}

/** One recording of a room by Egress. Its id is also the identity by which Egress is in the room. */
export interface Egress {
  readonly egressId: string;
  readonly roomName: string;
  readonly state: EgressState;
  /** Where it was asked to write: a path or a key. */
  readonly filePath: string;
  /** Why it failed, in Egress's own words. */
  readonly error?: string | undefined;
}

/** An S3 bucket as Egress is told of it. */
export interface EgressBucket {
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secret: string;
  readonly forcePathStyle: boolean;
}

export interface EgressOutput {
  /** A path on the computer of Egress, or with `bucket` a key. */
  readonly filePath: string;
  readonly bucket?: EgressBucket | undefined;
}

/** It was not done; the message says why, and names nobody. */
export class EgressError extends Error {
  override readonly name = 'EgressError';
}

export class EgressService {
  readonly #address: ApiAddress;
  readonly #key: ApiKey;

  constructor(address: ApiAddress, key: ApiKey) {
    this.#address = address;
    this.#key = key;
  }

  /**
   * Has a room recorded as people see it, all of them in one picture. Answered once an Egress has taken it on; it is `starting` then.
   * @throws EgressError, also when no Egress takes it on within `withinSeconds`.
   */
  async start(roomName: string, { filePath, bucket }: EgressOutput, withinSeconds: number): Promise<Egress> {
    const file = new EncodedFileOutput({
      fileType: EncodedFileType.MP4,
      filepath: filePath,
      // A second file, in clear too, that says where the first one is.
      disableManifest: true,
      ...(bucket === undefined ? {} : { output: { case: 's3', value: uploadTo(bucket) } }),
    });
    const layout = { layout: 'grid', encodingOptions: EncodingOptionsPreset.H264_720P_30 };
    return toEgress(
      await this.#call(
        (client) => client.startRoomCompositeEgress(roomName, { file }, layout),
        withinSeconds,
      ),
    );
  }

  /** Has it finish its file. No error when it ends already. @throws EgressError when nobody answers. */
  async stop(egressId: string): Promise<void> {
    await this.#call(async (client) => {
      await client.stopEgress(egressId).catch((cause) => {
        // It has ended, or nobody knows it.
        if (!(cause instanceof ServerError) || ![404, 412].includes(cause.status)) throw cause;
      });
    });
  }

  /** All that the video server knows of, also those that have ended lately. @param roomName only there. @throws EgressError */
  async list(roomName?: string): Promise<Egress[]> {
    const only = roomName === undefined ? {} : { roomName };
    return (await this.#call((client) => client.listEgress(only))).map(toEgress);
  }

  async #call<Answer>(
    ask: (client: EgressClient) => Promise<Answer>,
    withinSeconds = answerWithinSeconds,
  ): Promise<Answer> {
    const address = this.#address();
    if (address === undefined) throw new EgressError('The video server does not run');
    const options = { requestTimeout: withinSeconds, failover: false };
    try {
      return await ask(new EgressClient(address, this.#key.key, this.#key.secret, options));
    } catch (cause) {
      throw new EgressError(whyNot(cause), { cause });
    }
  }
}

function whyNot(cause: unknown): string {
  if (cause instanceof ServerError && ['unavailable', 'deadline_exceeded'].includes(cause.code ?? ''))
    return 'No LiveKit Egress answers. See that it runs, and that it has the same Redis as the video server';
  if (cause instanceof Error && cause.name === 'TimeoutError') return 'No LiveKit Egress answers in time';
  return `LiveKit did not take it: ${describe(cause)}`;
}

function uploadTo({ endpoint, region, bucket, accessKey, secret, forcePathStyle }: EgressBucket): S3Upload {
  return new S3Upload({
    endpoint: endpoint ?? '',
    region,
    bucket,
    accessKey,
    secret,
    forcePathStyle,
  });
}

export function toEgress(info: EgressInfo): Egress {
  return {
    egressId: info.egressId,
    roomName: info.roomName,
    state: states[info.status] ?? 'failed',
    filePath: filePathOf(info),
    ...(info.error === '' ? {} : { error: info.error }),
  };
}

const states: Readonly<Record<EgressStatus, EgressState>> = {
  [EgressStatus.EGRESS_STARTING]: 'starting',
  [EgressStatus.EGRESS_ACTIVE]: 'active',
  [EgressStatus.EGRESS_ENDING]: 'ending',
  [EgressStatus.EGRESS_COMPLETE]: 'ended',
  // Its file is finished, as one that was stopped.
  [EgressStatus.EGRESS_LIMIT_REACHED]: 'ended',
  [EgressStatus.EGRESS_ABORTED]: 'failed',
  [EgressStatus.EGRESS_FAILED]: 'failed',
};

function filePathOf({ request }: EgressInfo): string {
  return request.case === 'roomComposite' ? (request.value.fileOutputs[0]?.filepath ?? '') : '';
}
