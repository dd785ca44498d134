/** A host that is the test: gives orders, takes segments as the real one does, and can be away, full or forgetful. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
} from 'mediabunny';
import type { ErrorCode } from '../../../src/shared/contract/errors.ts';
import { decodeSegment, type Segment } from '../../../src/shared/recording/segment.ts';
import type { RecorderOrders } from '../../../src/shared/signaling/recording.ts';

function codecOf(name: string): 'avc' | 'vp9' | 'vp8' {
  if (name.startsWith('avc1')) return 'avc';
  return name.startsWith('vp09') ? 'vp9' : 'vp8';
}

function described<C extends { readonly description?: string | undefined }>({ description, ...config }: C) {
  return { ...config, ...(description ? { description: Buffer.from(description, 'base64') } : {}) };
}

export class RecordingHost {
  readonly segments: Segment[] = [];
  /** Everything that was handed over, in order, also what came twice. */
  readonly received: { readonly number: number; readonly bytes: Uint8Array; readonly at: number }[] = [];
  recorded: { readonly last: number; readonly capturedMs: number } | undefined;
  away = false;
  refusal: ErrorCode | undefined;
  readonly #identity: string;
  readonly #recipient: string;
  readonly #egressId: string;

  private constructor(identity: string, recipient: string, egressId: string) {
    this.#identity = identity;
    this.#recipient = recipient;
    this.#egressId = egressId;
  }

  static async open(egressId = 'EG_test'): Promise<RecordingHost> {
    const identity = await generateIdentity();
    return new RecordingHost(identity, await identityToRecipient(identity), egressId);
  }

  /** Lets a page send here. */
  async serve(page: Page): Promise<void> {
    await page.exposeFunction('takeSegment', (number: number, hash: string, base64: string) =>
      this.#take(number, hash, Buffer.from(base64, 'base64')),
    );
    await page.exposeFunction('takeRecorded', (last: number, capturedMs: number) => {
      if (this.away) return { away: true };
      this.recorded = { last, capturedMs };
      return {};
    });
  }

  orders(wish: { readonly grant?: number; readonly end?: boolean } = {}): RecorderOrders {
    const last = this.segments.at(-1);
    return {
      egressId: this.#egressId,
      recipients: [this.#recipient],
      durable: last?.number ?? 0,
      next: (last?.number ?? 0) + 1,
      fromUs: last?.toUs ?? 0,
      end: false,
      ...wish,
    };
  }

  /** Writes what was taken as a file. */
  async finish(file: string): Promise<void> {
    const codec = codecOf(this.segments[0]?.video.codec ?? '');
    const format = codec === 'avc' ? new Mp4OutputFormat() : new WebMOutputFormat();
    const output = new Output({ format, target: new BufferTarget() });
    const video = new EncodedVideoPacketSource(codec);
    const audio = new EncodedAudioPacketSource('opus');
    output.addVideoTrack(video);
    output.addAudioTrack(audio);
    await output.start();
    for (const segment of this.segments) {
      for (const { track, timestampUs, durationUs, key, data } of segment.packets) {
        const packet = new EncodedPacket(data, key ? 'key' : 'delta', timestampUs / 1e6, durationUs / 1e6);
        if (track === 'video') {
          await video.add(packet, { decoderConfig: described(segment.video) });
        } else {
          await audio.add(packet, { decoderConfig: described(segment.audio) });
        }
      }
    }
    await output.finalize();
    if (output.target.buffer) await writeFile(file, new Uint8Array(output.target.buffer));
  }

  async #take(number: number, hash: string, bytes: Uint8Array) {
    if (this.away) return { away: true };
    this.received.push({ number, bytes, at: Date.now() });
    if (this.refusal) return { code: this.refusal };
    if (createHash('sha256').update(bytes).digest('hex') !== hash) return { code: 'BAD_REQUEST' as const };
    const decrypter = new Decrypter();
    decrypter.addIdentity(this.#identity);
    const segment = decodeSegment(await decrypter.decrypt(bytes));
    if (segment.number !== number) return { code: 'BAD_REQUEST' as const };
    if (!this.segments.some((one) => one.number === number)) {
      this.segments.push(segment);
      this.segments.sort((one, other) => one.number - other.number);
    }
    return {};
  }
}
