/** Every destination outside this computer that the settings have this host speak to, and why. What is not here is not spoken to; tests/network counts the packets. */
import type { Destination, DestinationReason } from '../../../shared/contract/network.ts';
import type { LiveKit } from '../livekit/livekit.ts';
import { livekitRelease } from '../livekit/release.ts';
import type { S3Settings } from '../recordings/s3-bucket.ts';
import type { HostConfig } from '../runtime/config.ts';

const loopbackNames: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
/** Where Go has what it builds from, if GitHub's archive cannot be had: Go's own setting says, so it is named by that. */
const goProxy = 'GOPROXY';

export function destinationsOf(
  { tracking, supabaseAuth, livekit, s3 }: Pick<HostConfig, 'tracking' | 'supabaseAuth' | 'livekit' | 's3'>,
  videoServer: Pick<LiveKit, 'status'>,
): Destination[] {
  const { state } = videoServer.status();
  const isMissing =
    livekit.external === undefined && livekit.embedded && ['absent', 'bringing'].includes(state);
  const wanted: readonly (readonly [DestinationReason, string | undefined])[] = [
    ['tracking', tracking?.url],
    // With the project's secret tokens are checked here.
    ['accounts', supabaseAuth?.jwtSecret === undefined ? supabaseAuth?.url : undefined],
    ['recordings', s3 && addressOf(s3)],
    ['video-server', livekit.external?.url],
    ['redis', livekit.external || !livekit.redis ? undefined : `redis://${livekit.redis.address}`],
    ['video-server-download', isMissing ? livekitRelease.downloadUrl : undefined],
    ['video-server-download', isMissing && livekitRelease.goPackage !== undefined ? goProxy : undefined],
  ];
  return wanted.flatMap(([reason, url]) => {
    if (url === undefined) return [];
    if (url === goProxy) return [{ reason, host: goProxy }];
    const { hostname, host } = new URL(url);
    return loopbackNames.includes(hostname) ? [] : [{ reason, host }];
  });
}

/** Where the bucket is spoken to. */
function addressOf({ endpoint, bucket, forcePathStyle }: S3Settings): string {
  const { protocol, hostname, host } = new URL(endpoint);
  return forcePathStyle || loopbackNames.includes(hostname) ? endpoint : `${protocol}//${bucket}.${host}`;
}
