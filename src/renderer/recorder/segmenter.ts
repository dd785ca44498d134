/** Puts encoded packets together to segments without holes, as soon as everything of a segment's time has come out of the encoders. */
import { largestSegment, lateUs, type RecordedPacket } from '../../shared/recording/segment.ts';

/** µs of a segment: below the most that is allowed, so that a kill loses less. */
export const usualSegmentUs = 400_000;
/** Bytes of packets with which a segment is closed early; what encryption and head add stays below the limit. */
const fullAt = largestSegment * 0.75;
/** How long a segment waits for its pictures, µs of sound: what waits here would be lost with the window. */
const patienceUs = 400_000;

/** A segment's time and content; number and codecs are for whoever sends it. */
export interface Stretch {
  readonly fromUs: number;
  readonly toUs: number;
  readonly packets: readonly RecordedPacket[];
}

/**
 * Sound cuts: a segment ends with a packet of sound. Pictures take longer in their encoder, so a segment waits for those of its
 * time that are still in there; what is too late all the same comes with the next one.
 */
export class Segmenter {
  readonly #out: (stretch: Stretch) => void;
  #fromUs: number;
  #packets: RecordedPacket[] = [];
  /** Ends of sound so far, where segments will be cut. */
  #cuts: number[] = [];
  #heardUs: number;
  /** Time of the last picture. */
  #shownUs = -1;
  /** Since the last cut. */
  #bytes = 0;
  /** Timestamps of pictures that are being encoded. */
  #awaited: number[] = [];

  /** @param fromUs where in the recording it begins. */
  constructor(fromUs: number, out: (stretch: Stretch) => void) {
    this.#out = out;
    this.#fromUs = fromUs;
    this.#heardUs = fromUs;
  }

  /** Pictures that are being encoded. */
  get awaited(): number {
    return this.#awaited.length;
  }

  /** A picture was given to its encoder. Pictures are given in order. */
  await(timestampUs: number): void {
    this.#awaited.push(timestampUs);
  }

  /** The encoder will give nothing of what it was given so far. */
  giveUp(): void {
    this.#awaited = [];
    this.#close();
  }

  add(packet: RecordedPacket): void {
    this.#bytes += packet.data.byteLength;
    if (packet.track === 'video') {
      const earliestUs = Math.max(this.#fromUs - lateUs, this.#shownUs + 1);
      this.#shownUs = Math.max(packet.timestampUs, earliestUs);
      this.#packets.push({ ...packet, timestampUs: this.#shownUs });
      // Encoders keep the order and may leave one out: what is older than this one does not come any more.
      this.#awaited = this.#awaited.filter((timestamp) => timestamp > packet.timestampUs);
    } else {
      this.#packets.push(packet);
      this.#heardUs = packet.timestampUs + packet.durationUs;
      const cutUs = this.#cuts.at(-1) ?? this.#fromUs;
      if (this.#heardUs - cutUs >= usualSegmentUs || this.#bytes >= fullAt) {
        this.#cuts.push(this.#heardUs);
        this.#bytes = 0;
      }
    }
    this.#close();
  }

  /**
   * Both encoders are empty: what is left is the last segment. Answers where the recording goes on, µs. Pictures of a time whose
   * sound was not recorded are left out.
   */
  flush(): number {
    this.#awaited = [];
    this.#close();
    if (this.#heardUs > this.#fromUs) {
      this.#cuts.push(this.#heardUs);
      this.#close();
    }
    return this.#fromUs;
  }

  #close(): void {
    for (let to = this.#cuts[0]; to !== undefined && !this.#isAwaiting(to); to = this.#cuts[0]) {
      this.#cuts.shift();
      const until = to;
      const packets = this.#packets.filter(({ timestampUs }) => timestampUs < until);
      this.#packets = this.#packets.filter(({ timestampUs }) => timestampUs >= until);
      packets.sort((one, other) => one.timestampUs - other.timestampUs);
      this.#out({ fromUs: this.#fromUs, toUs: until, packets });
      this.#fromUs = until;
    }
  }

  #isAwaiting(until: number): boolean {
    const first = this.#awaited[0];
    return first !== undefined && first < until && this.#heardUs - until < patienceUs;
  }
}
