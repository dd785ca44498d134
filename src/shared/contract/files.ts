/** The operations on the files of a consultation. Their content travels beside them, see docs/protocol.md. */
import * as z from 'zod';
import { participantRoles } from '../access/access.ts';
import { messageFileSchema } from '../signaling/chat.ts';
import { consultationOver } from './consultations.ts';
import { base, consultationInput, errors } from './operation.ts';

const fileInput = consultationInput.extend({ fileId: z.string().min(1).max(64) });

/** Where a file's content is, under the host's address. */
export function contentPathOf({ consultationId, fileId }: z.infer<typeof fileInput>): string {
  return `/api/consultations/${encodeURIComponent(consultationId)}/files/${encodeURIComponent(fileId)}/content`;
}

const uploadSchema = z.object({
  fileId: z.string(),
  /** As it will be offered to the others. */
  name: z.string(),
  size: z.number().int(),
  /** Bytes that are safe; the next part begins here. */
  received: z.number().int(),
  complete: z.boolean(),
});

/** Who may send something; who treats does so in the doctor's name. */
const writers = ['admin', 'clinician', 'doctor', 'patient'] as const;

export const filesContract = {
  list: base
    .route({
      method: 'GET',
      path: '/api/consultations/{consultationId}/files',
      tags: ['Files'],
      summary: 'List the files of a consultation, oldest first',
    })
    .meta({
      roles: ['admin', 'clinician', 'doctor'],
      audit: 'file.list',
      recorded: 'hourly',
      bound: 'consultationId',
    })
    .input(consultationInput)
    .output(
      z.array(
        z.object({
          ...messageFileSchema.shape,
          from: z.string(),
          role: z.enum(participantRoles),
          senderName: z.string(),
          sentAt: z.string(),
        }),
      ),
    )
    .errors(errors('CONSULTATION_NOT_FOUND')),
  ticket: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/files/{fileId}/ticket',
      tags: ['Files'],
      summary: 'Get a ticket that opens the content of a file once, within a minute',
    })
    .meta({ roles: ['admin', 'clinician'], audit: 'file.ticket', target: 'fileId' })
    .input(fileInput)
    .output(
      z.object({
        /** Where the content is. */
        url: z.string(),
        /** To be sent there as `Authorization: Bearer …`. */
        ticket: z.string(),
        expiresAt: z.string(),
      }),
    )
    .errors(errors('CONSULTATION_NOT_FOUND', 'FILE_NOT_FOUND')),
  create: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/files',
      tags: ['Files'],
      summary: 'Announce a file; its content follows in parts',
    })
    .meta({ roles: writers, audit: 'file.create', bound: 'consultationId' })
    .input(
      consultationInput.extend({
        /** Made by the client: the same one is the same file, so this may be repeated. */
        uploadId: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
        name: z.string().min(1).max(1_000),
        /** Bytes. */
        size: z.number().int().min(1),
      }),
    )
    .output(uploadSchema)
    .errors(
      errors(
        'CONSULTATION_NOT_FOUND',
        ...consultationOver,
        'NOT_ADMITTED',
        'FILE_TOO_LARGE',
        'FILE_TYPE_NOT_ALLOWED',
        'FILES_FULL',
        'STORAGE_FULL',
      ),
    ),
  get: base
    .route({
      method: 'GET',
      path: '/api/consultations/{consultationId}/files/{fileId}',
      tags: ['Files'],
      summary: 'How much of an own file has been received',
    })
    .meta({
      roles: writers,
      audit: 'file.get',
      target: 'fileId',
      recorded: 'hourly',
      bound: 'consultationId',
    })
    .input(fileInput)
    .output(uploadSchema)
    .errors(errors('CONSULTATION_NOT_FOUND', ...consultationOver, 'NOT_ADMITTED', 'FILE_NOT_FOUND')),
  cancel: base
    .route({
      method: 'DELETE',
      path: '/api/consultations/{consultationId}/files/{fileId}',
      tags: ['Files'],
      summary: 'Give up an own file that has not been received whole',
    })
    .meta({ roles: writers, audit: 'file.cancel', target: 'fileId', bound: 'consultationId' })
    .input(fileInput)
    .output(z.object({ fileId: z.string() }))
    .errors(errors('CONSULTATION_NOT_FOUND', ...consultationOver, 'NOT_ADMITTED', 'FILE_NOT_FOUND')),
};
