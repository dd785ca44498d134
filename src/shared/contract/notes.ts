/** The clinical notes of a consultation: written by those who treat, read by nobody else, every version kept. */
import * as z from 'zod';
import { maxNoteLength } from './note-length.ts';
import { base, consultationInput, doctorRoles, errors, idSchema } from './operation.ts';

/** Who wrote. Without an id: the clinic's own windows, and programs with its rights. */
const authorSchema = z.object({
  role: z.enum(doctorRoles),
  id: z.string().optional(),
  name: z.string().optional(),
});
export type NoteAuthor = z.infer<typeof authorSchema>;

export const noteSchema = z.object({
  /** Grows with every save; 0: nothing was written yet. */
  version: z.number().int(),
  text: z.string(),
  savedAt: z.string().optional(),
  author: authorSchema.optional(),
});
export type Note = z.infer<typeof noteSchema>;

const noteEntrySchema = z.object({
  version: z.number().int(),
  savedAt: z.string(),
  author: authorSchema,
  /** Characters of the text. */
  length: z.number().int(),
  /** Written on top of a version that somebody else had changed meanwhile: kept, but not the notes. */
  aside: z.boolean(),
});
export type NoteEntry = z.infer<typeof noteEntrySchema>;

const meta = (audit: string) => ({ roles: doctorRoles, audit, bound: 'consultationId' as const });
const versionSchema = z.coerce.number().int().nonnegative();

export const notesContract = {
  get: base
    .route({
      method: 'GET',
      path: '/api/consultations/{consultationId}/notes',
      tags: ['Notes'],
      summary: 'Read the clinical notes of a consultation',
    })
    .meta(meta('note.get'))
    .input(consultationInput)
    .output(noteSchema)
    .errors(errors('CONSULTATION_NOT_FOUND')),
  save: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/notes',
      tags: ['Notes'],
      summary: 'Save the clinical notes, also after the consultation',
      description:
        'Name the version that the text was written on. When somebody else has saved meanwhile, the answer is NOTES_CONFLICT with their text in `details.current`; yours is kept aside in the history as `details.keptAs`.',
    })
    .meta(meta('note.save'))
    .input(
      consultationInput.extend({
        // The database ends a text at its first NUL, which nobody types and some programs paste.
        text: z
          .string()
          .max(maxNoteLength)
          .transform((text) => text.replaceAll('\u0000', '')),
        basedOn: versionSchema,
        /** Names the window, so that its own saves are never a conflict to it. */
        editor: idSchema,
      }),
    )
    .output(noteSchema)
    .errors(errors('CONSULTATION_NOT_FOUND', 'NOTES_CONFLICT', 'STORAGE_FULL')),
  history: base
    .route({
      method: 'GET',
      path: '/api/consultations/{consultationId}/notes/versions',
      tags: ['Notes'],
      summary: 'List the versions of the notes, newest first',
      description: 'What one window adds within a minute is one version.',
    })
    .meta(meta('note.history'))
    .input(consultationInput)
    .output(z.array(noteEntrySchema))
    .errors(errors('CONSULTATION_NOT_FOUND')),
  version: base
    .route({
      method: 'GET',
      path: '/api/consultations/{consultationId}/notes/versions/{version}',
      tags: ['Notes'],
      summary: 'Read one version of the notes',
    })
    .meta({ ...meta('note.version'), target: 'version' })
    .input(consultationInput.extend({ version: versionSchema }))
    .output(noteSchema)
    .errors(errors('CONSULTATION_NOT_FOUND', 'NOTE_VERSION_NOT_FOUND')),
};
