/** A doctor's window that records, without a browser: real VP8 and Opus packets in real segments, sent as the host orders. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Encrypter } from 'age-encryption';
import { BufferSource, EncodedPacketSink, Input, MP4, WEBM } from 'mediabunny';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import {
  encodeSegment,
  type RecordedPacket,
  type RecordedVideoConfig,
  type Segment,
} from '../../src/shared/recording/segment.ts';
import type { RecorderOrders } from '../../src/shared/signaling/recording.ts';
import { type CreatedConsultation, HandMadeClient, type RestAnswer } from './test-host.ts';

/** 25 pictures and 50 packets of sound a second; made by ffmpeg (libvpx, libopus) of its test picture and a tone of 440 Hz. */
const fixture = fileURLToPath(new URL('../fixtures/recording/two-seconds.webm', import.meta.url));
const avcFixture = fileURLToPath(new URL('../fixtures/recording/one-second.mp4', import.meta.url));
const fixtureUs = 2_000_000;
export const segmentUs = 400_000;

let packets: Promise<readonly RecordedPacket[]> | undefined;

async function readPackets(): Promise<readonly RecordedPacket[]> {
  const input = new Input({ source: new BufferSource(await readFile(fixture)), formats: [WEBM] });
  const [video, audio] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  if (!video || !audio) throw new Error('The fixture lacks a track');
  const found: RecordedPacket[] = [];
  for (const [track, source] of [
    ['video', video],
    ['audio', audio],
  ] as const) {
    let number = 0;
    for await (const packet of new EncodedPacketSink(source).packets()) {
      const durationUs = track === 'video' ? 40_000 : 20_000;
      const timestampUs = number * durationUs;
      number += 1;
      if (timestampUs >= fixtureUs) break;
      found.push({ track, timestampUs, durationUs, key: packet.type === 'key', data: packet.data });
    }
  }
  return found;
}

/** The same pictures as H.264, as a window with an encoder of that kind sends them; made by ffmpeg (libx264, constrained baseline). */
export async function avcContent(): Promise<{ video: RecordedVideoConfig; packets: RecordedPacket[] }> {
  const input = new Input({ source: new BufferSource(await readFile(avcFixture)), formats: [MP4] });
  const track = await input.getPrimaryVideoTrack();
  const config = await track?.getDecoderConfig();
  if (!track || !config?.description) throw new Error('The fixture lacks its track');
  const packets: RecordedPacket[] = [];
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const timestampUs = packets.length * 40_000;
    packets.push({
      track: 'video',
      timestampUs,
      durationUs: 40_000,
      key: packet.type === 'key',
      data: packet.data,
    });
  }
  const description = Buffer.from(config.description as Uint8Array).toString('base64');
  return { video: { codec: config.codec, codedWidth: 320, codedHeight: 180, description }, packets };
}

/** What is seen and heard in a part of a recording: the fixture again and again. */
export async function contentOf(fromUs: number, toUs: number): Promise<RecordedPacket[]> {
  packets ??= readPackets();
  const found: RecordedPacket[] = [];
  for (let loop = Math.floor(fromUs / fixtureUs); loop * fixtureUs < toUs; loop += 1) {
    for (const packet of await packets) {
      const timestampUs = packet.timestampUs + loop * fixtureUs;
      if (timestampUs >= fromUs && timestampUs < toUs) found.push({ ...packet, timestampUs });
    }
  }
  return found;
}

export const vp8: RecordedVideoConfig = { codec: 'vp8', codedWidth: 320, codedHeight: 180 };

export interface SentSegment {
  readonly egressId: string;
  readonly number: number;
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** Segment `number` of equally long ones, or another one where `wish` says so. */
export async function makeSegment(
  orders: Pick<RecorderOrders, 'egressId' | 'recipients' | 'grant'>,
  number: number,
  wish: Partial<Segment> = {},
): Promise<SentSegment> {
  const fromUs = wish.fromUs ?? (number - 1) * segmentUs;
  const toUs = wish.toUs ?? fromUs + segmentUs;
  const segment: Segment = {
    egressId: orders.egressId,
    number,
    grant: orders.grant ?? 0,
    fromUs,
    toUs,
    video: vp8,
    audio: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 },
    packets: await contentOf(fromUs, toUs),
    ...wish,
  };
  return sealSegment(orders, number, encodeSegment(segment));
}

export async function sealSegment(
  { egressId, recipients }: Pick<RecorderOrders, 'egressId' | 'recipients'>,
  number: number,
  plain: Uint8Array,
): Promise<SentSegment> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const bytes = await encrypter.encrypt(plain);
  return { egressId, number, hash: createHash('sha256').update(bytes).digest('hex'), bytes };
}

/** The newest orders a window was given by events. */
export function ordersTold(client: HandMadeClient): RecorderOrders | undefined {
  return client.events.map(({ event }) => event).findLast((event) => event.type === 'recorder-orders')
    ?.orders;
}

/** What was last told of the recording by events. */
export function recordingTold(client: HandMadeClient) {
  return client.events.map(({ event }) => event).findLast((event) => event.type === 'recording-changed')
    ?.recording;
}

type Call = (
  method: string,
  path: string,
  options?: { readonly body?: unknown; readonly token?: string },
) => Promise<RestAnswer>;

/** The doctor and the patient in the call, both agreed, and the doctor's window ready to record. */
export async function readyToRecord(
  host: { readonly url: string; readonly call: Call },
  consultation: CreatedConsultation,
): Promise<{ readonly doctor: HandMadeClient; readonly patient: HandMadeClient }> {
  const at = `/api/consultations/${consultation.consultationId}`;
  const join = async (token: string) => {
    const client = await new HandMadeClient(host.url, token).connected();
    await client.request('join');
    return client;
  };
  const must = async (answer: Promise<RestAnswer>) => {
    const { status, body } = await answer;
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  };
  const doctor = await join(consultation.doctorToken);
  await doctor.request('recorder', { ready: true });
  const patient = await join(consultation.patientToken);
  await must(host.call('POST', `${at}/participants/${consultation.patientId}/admit`));
  await must(host.call('POST', `${at}/consents/ask`, { body: { purpose: 'recording' } }));
  await must(
    host.call('POST', `${at}/consents`, {
      token: consultation.patientToken,
      body: { purpose: 'recording', answer: 'agreed', version: consentVersions.recording },
    }),
  );
  return { doctor, patient };
}

export function startRecording(
  { call }: { readonly call: Call },
  { consultationId, roomName }: Pick<CreatedConsultation, 'consultationId' | 'roomName'>,
  token?: string,
): Promise<RestAnswer> {
  return call('POST', `/api/consultations/${consultationId}/recording/start`, {
    body: { roomName },
    ...(token === undefined ? {} : { token }),
  });
}

export function stopRecording(
  { call }: { readonly call: Call },
  { consultationId }: Pick<CreatedConsultation, 'consultationId'>,
  egressId: string,
  token?: string,
): Promise<RestAnswer> {
  return call('POST', `/api/consultations/${consultationId}/recording/stop`, {
    body: { egressId },
    ...(token === undefined ? {} : { token }),
  });
}

/** Captures in real time, and answers the order to end as a window does. */
export class HandMadeRecorder {
  client: HandMadeClient;
  readonly orders: RecorderOrders;
  /** When it began to capture, by its own clock. */
  readonly #begun = performance.now();
  #sent: number;
  readonly #first: number;
  #stopped = false;
  #capturing: Promise<void> = Promise.resolve();
  #waiting: (() => void)[] = [];

  /** @param sent segments of a window before it. */
  constructor(client: HandMadeClient, orders: RecorderOrders, sent = 0) {
    this.client = client;
    this.orders = orders;
    this.#sent = sent;
    this.#first = sent;
  }

  /** Time captured so far, ms. */
  get capturedMs(): number {
    return this.#sent * (segmentUs / 1_000);
  }

  /** Sends segments as they are captured until so many are acknowledged. @param isSent others are lost on the way. */
  async record(count: number, isSent: (number: number) => boolean = () => true): Promise<void> {
    for (let number = this.#sent + 1; number <= count; number += 1) {
      await this.#captured(number);
      if (isSent(number)) await this.client.request('segment', await makeSegment(this.orders, number));
      this.#sent = number;
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }

  /** Done when so many are acknowledged of what it goes on to capture. */
  async has(count: number): Promise<void> {
    while (this.#sent < count) await new Promise<void>((wake) => this.#waiting.push(wake));
  }

  /** Goes on capturing until it is ordered to end, and says then that all is sent. */
  begin(): this {
    this.#capturing = this.#run();
    return this;
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.#capturing;
  }

  async #run(): Promise<void> {
    while (!this.#stopped && ordersTold(this.client)?.end !== true) await this.record(this.#sent + 1);
    if (!this.#stopped) await this.recorded();
  }

  async recorded(): Promise<void> {
    const { egressId } = this.orders;
    await this.client.request('recorded', { egressId, last: this.#sent, capturedMs: this.capturedMs });
  }

  /** A segment is there once its time has passed. */
  async #captured(number: number): Promise<void> {
    const left = ((number - this.#first) * segmentUs) / 1_000 - (performance.now() - this.#begun);
    if (left > 0) await new Promise((done) => setTimeout(done, left));
  }
}
