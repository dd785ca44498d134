/** The configuration the embedded livekit-server is started with. */
import { hkdfSync } from 'node:crypto';
import { isIP } from 'node:net';
import type { ServerPorts } from './ports.ts';
import type { RedisConfig } from './redis.ts';

/** A LiveKit API key with its secret. */
export interface ApiKey {
  readonly key: string;
  readonly secret: string;
}

export interface ServerConfigOptions {
  readonly ports: ServerPorts;
  readonly internal: ApiKey;
  /** The one address media is offered at: loopback, or this machine's address on the clinic's network. */
  readonly nodeIp: string;
  readonly webhookUrl: string;
  /** By which Egress finds it. */
  readonly redis?: RedisConfig | undefined;
}

/** How long a room made for a consultation waits for its first participant, in seconds: as long as the tokens live. */
export const emptyRoomSeconds = 2 * 60 * 60;
/** How long a room outlives its last participant, in seconds. */
export const departedRoomSeconds = 5 * 60;

/** LiveKit reads YAML, of which JSON is a part. Option names: livekit-server's config-sample.yaml. */
export function serverConfig({ ports, internal, nodeIp, webhookUrl, redis }: ServerConfigOptions): string {
  const host = isIP(nodeIp) === 6 ? `[${nodeIp}]` : nodeIp;
  return JSON.stringify({
    port: ports.signalling,
    bind_addresses: ['127.0.0.1'],
    rtc: {
      udp_port: ports.media,
      // It would listen on every interface, whatever bind_addresses says.
      tcp_port: 0,
      use_external_ip: false,
      node_ip: nodeIp,
      ips: { includes: [`${nodeIp}/${isIP(nodeIp) === 6 ? 128 : 32}`] },
      enable_loopback_candidate: isLoopback(nodeIp),
      // With none LiveKit names public ones. This one is never handed out: the door sets the clinic's own list.
      stun_servers: [`${host}:${ports.media}`],
    },
    keys: { [internal.key]: internal.secret },
    room: { auto_create: true, empty_timeout: emptyRoomSeconds, departure_timeout: departedRoomSeconds },
    webhook: { api_key: internal.key, urls: [webhookUrl] },
    ...(redis === undefined ? {} : { redis }),
    logging: { level: 'warn', json: true, pion_level: 'error' },
  });
}

/**
 * What LiveKit Egress on this computer is started with, in the form of its own configuration file. It comes in by the host's door like
 * everybody else, so its key is one that livekit-server does not know.
 */
export function egressConfig(hostDoorUrl: string, internal: ApiKey, redis: RedisConfig): string {
  const { key, secret } = egressKey(internal);
  return JSON.stringify({
    api_key: key,
    api_secret: secret,
    ws_url: hostDoorUrl.replace(/^http/, 'ws'),
    redis,
  });
}

/** The key LiveKit Egress signs its tokens with. */
export function egressKey({ secret }: ApiKey): ApiKey {
  return {
    key: 'egress',
    secret: Buffer.from(hkdfSync('sha256', secret, '', 'autamedica-egress', 32)).toString('hex'),
  };
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
