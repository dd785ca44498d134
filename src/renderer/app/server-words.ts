/** Why a call cannot go through the video server now, in words; undefined when it can. */
import type { LiveKitStatus } from '../../shared/contract/contract.ts';

const words: Readonly<Record<LiveKitStatus['state'], string | undefined>> = {
  absent: 'livekit.absentText',
  bringing: 'livekit.bringingText',
  starting: 'livekit.startingText',
  ready: undefined,
  failed: 'livekit.failedText',
};

export function serverUnavailableText(
  t: (key: string) => string,
  status: LiveKitStatus | undefined,
): string | undefined {
  if (!status) return t('livekit.unknown');
  const key = words[status.state];
  return key && t(key);
}
