/** The clinic's own people and their computers: pairing, listing, renaming, revoking; and who the caller is. */
import * as z from 'zod';
import { roles, staffRoles } from '../access/access.ts';
import { base, errors, nameSchema } from './operation.ts';

export const deviceIdSchema = z.string().regex(/^[a-z0-9]{16}$/);

export const staffDeviceSchema = z.object({
  deviceId: deviceIdSchema,
  /** Who works with it. */
  personName: z.string(),
  /** Which computer it is, as the person who paired it said. */
  deviceName: z.string(),
  role: z.enum(staffRoles),
  /** ISO 8601. */
  pairedAt: z.string(),
  /** To the minute; absent until its first request. */
  lastSeenAt: z.string().optional(),
});
export type StaffDevice = z.infer<typeof staffDeviceSchema>;

export const pairingCodeSchema = z.object({
  code: z.string(),
  /** Where the other computer reaches this host: typed there beside the code. */
  address: z.string(),
  /** The page that takes the code, for a browser or a telephone's camera. The code stands after the #, which browsers send to nobody. */
  link: z.string(),
  /** The same for the desktop app, to be pasted there: `autamedica://pair?…`, with the whole fingerprint. */
  desktopLink: z.string(),
  personName: z.string(),
  role: z.enum(staffRoles),
  expiresAt: z.string(),
});
export type PairingCode = z.infer<typeof pairingCodeSchema>;

/** Who the caller is to this clinic, and whose clinic it is. */
export const staffSelfSchema = z.object({
  role: z.enum(staffRoles),
  clinicName: z.string(),
  /** Absent for the clinic's own windows and programs, and for an account without a name. */
  name: z.string().optional(),
  /** Present when the caller is a paired computer. */
  deviceId: deviceIdSchema.optional(),
});
export type StaffSelf = z.infer<typeof staffSelfSchema>;

const pairedSchema = z.object({
  /** To be sent as `Authorization: Bearer …`; the host keeps only a hash of it. */
  credential: z.string(),
  clinicName: z.string(),
  device: staffDeviceSchema,
});
/** HMAC with SHA-256, hexadecimal; docs/adr/0007 says of what. */
const proofSchema = z.string().regex(/^[0-9a-f]{64}$/);

const deviceInput = z.object({ deviceId: deviceIdSchema });

export const staffContract = {
  me: base
    .route({
      method: 'GET',
      path: '/api/staff/me',
      tags: ['Staff'],
      summary: 'Who the caller is to this clinic',
    })
    .meta({ roles: staffRoles, audit: 'staff.me', recorded: 'never' })
    .output(staffSelfSchema),
  invite: base
    .route({
      method: 'POST',
      path: '/api/staff/pairing-codes',
      tags: ['Staff'],
      summary: 'Make a code that pairs one computer within 15 minutes',
    })
    .meta({ roles: ['admin'], audit: 'staff.invite' })
    .input(z.object({ personName: nameSchema, role: z.enum(staffRoles) }))
    .output(pairingCodeSchema),
  pair: base
    .route({
      method: 'POST',
      path: '/api/staff/pair',
      tags: ['Staff'],
      summary: 'Exchange a pairing code for the credential of this computer, shown this once',
    })
    .meta({ roles, audit: 'staff.pair' })
    .input(z.object({ code: z.string().min(1).max(64), deviceName: nameSchema }))
    .output(pairedSchema)
    .errors(errors('PAIRING_NOT_FOUND', 'TOO_MANY_REQUESTS')),
  pairByProof: base
    .route({
      method: 'POST',
      path: '/api/staff/pair-by-proof',
      tags: ['Staff'],
      summary: 'The same without saying the code, to a host whose certificate authority is not known yet',
    })
    .meta({ roles, audit: 'staff.pair-by-proof' })
    .input(
      z.object({
        nonce: z.string().regex(/^[0-9a-f]{32}$/),
        /** Of the computer, for its name. */
        proof: proofSchema,
        deviceName: nameSchema,
      }),
    )
    .output(pairedSchema.extend({ /** Of the host, for the credential. */ proof: proofSchema }))
    .errors(errors('PAIRING_NOT_FOUND', 'TOO_MANY_REQUESTS')),
  unpair: base
    .route({
      method: 'POST',
      path: '/api/staff/unpair',
      tags: ['Staff'],
      summary: 'Give up the credential this request came with',
    })
    .meta({ roles: staffRoles, audit: 'staff.unpair' })
    .output(deviceInput)
    .errors(errors('DEVICE_NOT_FOUND')),
  devices: base
    .route({
      method: 'GET',
      path: '/api/staff/devices',
      tags: ['Staff'],
      summary: 'List the paired computers',
    })
    .meta({ roles: ['admin'], audit: 'staff.devices', recorded: 'hourly' })
    .output(z.array(staffDeviceSchema)),
  rename: base
    .route({
      method: 'POST',
      path: '/api/staff/devices/{deviceId}',
      tags: ['Staff'],
      summary: 'Change whose computer it is, or what it is called',
    })
    .meta({ roles: ['admin'], audit: 'staff.rename', target: 'deviceId' })
    .input(deviceInput.extend({ personName: nameSchema.optional(), deviceName: nameSchema.optional() }))
    .output(staffDeviceSchema)
    .errors(errors('DEVICE_NOT_FOUND')),
  revoke: base
    .route({
      method: 'DELETE',
      path: '/api/staff/devices/{deviceId}',
      tags: ['Staff'],
      summary: 'Refuse a computer from now on and end the consultations it is in',
    })
    .meta({ roles: ['admin'], audit: 'staff.revoke', target: 'deviceId' })
    .input(deviceInput)
    .output(deviceInput)
    .errors(errors('DEVICE_NOT_FOUND')),
};

export const clinicContract = {
  rename: base
    .route({
      method: 'POST',
      path: '/api/clinic',
      tags: ['Staff'],
      summary: 'Change the name that staff and patients see',
    })
    .meta({ roles: ['admin'], audit: 'clinic.rename' })
    .input(z.object({ clinicName: nameSchema }))
    .output(z.object({ clinicName: z.string() })),
};
