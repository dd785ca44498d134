/** Redis, by which a video server and LiveKit Egress find each other. */
import { connect } from 'node:net';

const answerWithinMs = 2_000;

/** As LiveKit's own configuration names it. */
export interface RedisConfig {
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly use_tls?: true;
}

/** @param url `redis://[user:password@]host[:port][/number]`, or `rediss://` for TLS. */
export function redisConfig(url: URL): RedisConfig {
  const { protocol, hostname, port, username, password, pathname } = url;
  const db = Number(pathname.slice(1));
  return {
    address: `${hostname}:${port || 6379}`,
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    ...(db > 0 ? { db } : {}),
    ...(protocol === 'rediss:' ? { use_tls: true } : {}),
  };
}

/** Whether somebody listens there. livekit-server does not start with a Redis that is away. */
export function isListening({ address }: RedisConfig): Promise<boolean> {
  const { hostname, port } = new URL(`redis://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    const settle = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.setTimeout(answerWithinMs, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
