/** Backups of the clinic's data: made and listed by whoever administers it. */
import * as z from 'zod';
import { base, errors } from './operation.ts';

export const backupSchema = z.object({
  /** On the host's own disk. */
  folder: z.string(),
  createdAt: z.string(),
  /** Made by the clock. */
  automatic: z.boolean(),
  bytes: z.number().int(),
});

export const backupsContract = {
  create: base
    .route({
      method: 'POST',
      path: '/api/backup',
      tags: ['Host'],
      summary: "Back up the clinic's data while it is in use",
      description:
        'Recordings are not in it: keep them in a bucket, or copy the folder `recordings`, whose files are encrypted.',
    })
    .meta({ roles: ['admin'], audit: 'backup.create' })
    .output(backupSchema)
    .errors(errors('BACKUP_RUNNING', 'STORAGE_FULL')),
  list: base
    .route({
      method: 'GET',
      path: '/api/backups',
      tags: ['Host'],
      summary: 'Backups on the host, newest first',
    })
    .meta({ roles: ['admin'], audit: 'backup.list', recorded: 'hourly' })
    .output(z.array(backupSchema)),
};
