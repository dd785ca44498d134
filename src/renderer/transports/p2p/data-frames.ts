/** A data message on a data channel: one byte with the topic's length, the topic in UTF-8, the payload. */

/** Bytes of payload a message may have; safe in every browser's data channels. */
export const maxPayload = 15 * 1024;

export interface DataFrame {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** @throws RangeError when topic or payload are too long. */
export function encodeFrame({ topic, payload }: DataFrame): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(topic);
  if (name.length > 255) throw new RangeError('A topic has at most 255 bytes.');
  if (payload.length > maxPayload) throw new RangeError(`A message has at most ${maxPayload} bytes.`);
  const frame = new Uint8Array(1 + name.length + payload.length);
  frame[0] = name.length;
  frame.set(name, 1);
  frame.set(payload, 1 + name.length);
  return frame;
}

/** Undefined for what is not a frame. */
export function decodeFrame(bytes: Uint8Array): DataFrame | undefined {
  const length = bytes[0];
  if (length === undefined || bytes.length < 1 + length || bytes.length > 1 + length + maxPayload)
    return undefined;
  return { topic: new TextDecoder().decode(bytes.subarray(1, 1 + length)), payload: bytes.slice(1 + length) };
}
