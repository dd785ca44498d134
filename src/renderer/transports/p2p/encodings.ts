/** How each source is encoded towards one peer. */
import type { MediaSource } from '../../call/transport.ts';

/** Upper bounds in bit/s; the browser's congestion control stays below them. */
const maxBitrates: Readonly<Record<MediaSource, number>> = {
  microphone: 48_000,
  camera: 1_700_000,
  screen_share: 2_500_000,
  screen_share_audio: 96_000,
};

/** Applies a source's limits to its sender. What a browser does not know it leaves out. */
export async function tuneSender(source: MediaSource, sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters();
  if (parameters.encodings.length === 0) return;
  for (const encoding of parameters.encodings) {
    encoding.maxBitrate = maxBitrates[source];
    // A consultation survives a bad picture, not a bad voice.
    encoding.priority = source === 'microphone' ? 'high' : 'low';
    encoding.networkPriority = source === 'microphone' ? 'high' : 'low';
  }
  parameters.degradationPreference = source === 'screen_share' ? 'maintain-resolution' : 'balanced';
  await sender.setParameters(parameters).catch(() => {});
}

/**
 * Opus and VP8 with what repairs VP8's losses: every browser has them. Opus brings its own repair, and Chromium 114
 * refuses an offer of audio that is narrowed to Opus and RED.
 */
const codecs: Readonly<Record<'audio' | 'video', RegExp>> = {
  audio: /^audio\/opus$/i,
  video: /^video\/(?:vp8|rtx|red|ulpfec)$/i,
};

/** Offers only the codecs we use: a description a third as long is made, sent and read faster, four sections at a time. */
export function preferSmallOffer(kind: 'audio' | 'video', transceiver: RTCRtpTransceiver): void {
  const wanted = RTCRtpReceiver.getCapabilities(kind)?.codecs.filter(({ mimeType }) =>
    codecs[kind].test(mimeType),
  );
  if (wanted?.some(({ mimeType }) => /opus|vp8/i.test(mimeType))) transceiver.setCodecPreferences?.(wanted);
}
