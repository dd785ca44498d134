/** The configuration the embedded livekit-server is started with. */
import { isIP } from 'node:net';
import type { ServerPorts } from './ports.ts';

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
}

/** How long a room made for a consultation waits for its first participant, in seconds: as long as the tokens live. */
export const emptyRoomSeconds = 2 * 60 * 60;
/** How long a room outlives its last participant, in seconds. */
export const departedRoomSeconds = 5 * 60;

/** LiveKit reads YAML, of which JSON is a part. Option names: livekit-server's config-sample.yaml. */
export function serverConfig({ ports, internal, nodeIp, webhookUrl }: ServerConfigOptions): string {
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
    logging: { level: 'warn', json: true, pion_level: 'error' },
  });
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
