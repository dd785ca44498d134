/** The clinic's network: whether this host is shared on it, and how people reach it. */
import * as z from 'zod';
import { staffRoles } from '../access/access.ts';
import { base, errors } from './operation.ts';

export const networkStatusSchema = z.object({
  /** Whether other computers of the network can reach this host. */
  sharing: z.boolean(),
  /** Addresses to reach it at, the one to give people first; none while it is not shared. */
  urls: z.array(z.string()),
  /** SHA-256 of the clinic's certificate authority, hexadecimal; absent with a certificate of the clinic's own choice. */
  fingerprint: z.string().optional(),
});
export type NetworkStatus = z.infer<typeof networkStatusSchema>;

export const destinationReasons = [
  'tracking',
  'accounts',
  'recordings',
  'video-server',
  'redis',
  'video-server-download',
] as const;
export type DestinationReason = (typeof destinationReasons)[number];

export const destinationSchema = z.object({
  reason: z.enum(destinationReasons),
  /** Name or address, with its port where it is not the usual one. */
  host: z.string(),
});
export type Destination = z.infer<typeof destinationSchema>;

export const networkContract = {
  destinations: base
    .route({
      method: 'GET',
      path: '/api/network/destinations',
      tags: ['Host'],
      summary: 'Every destination outside this computer that the settings have the host speak to, and why',
    })
    .meta({ roles: ['admin'], audit: 'network.destinations', recorded: 'hourly' })
    .output(z.array(destinationSchema)),
  status: base
    .route({
      method: 'GET',
      path: '/api/network',
      tags: ['Host'],
      summary: 'Whether this host is shared on the network, and where',
    })
    .meta({ roles: staffRoles, audit: 'network.status', recorded: 'never' })
    .output(networkStatusSchema),
  share: base
    .route({
      method: 'POST',
      path: '/api/network/sharing',
      tags: ['Host'],
      summary: 'Share this host on the network over TLS, or stop it',
    })
    .meta({ roles: ['admin'], audit: 'network.share' })
    .input(z.object({ sharing: z.boolean() }))
    .output(networkStatusSchema)
    .errors(errors('NO_NETWORK', 'TLS_PORT_TAKEN', 'CERTIFICATE_UNUSABLE')),
};
