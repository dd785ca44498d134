/** Operations of consent: asking, answering, and the receipts. */
import * as z from 'zod';
import { participantRoles } from '../access/access.ts';
import { consentActs, consentAnswers, consentPurposes } from '../consent/consent.ts';
import { recordingVerdicts } from '../consent/recording.ts';
import { consultationOver } from './consultations.ts';
import { base, consultationInput, doctorRoles, errors, idSchema } from './operation.ts';

/** One entry of the ledger; to the person whose it is, their receipt. */
export const consentEntrySchema = z.object({
  number: z.number().int(),
  purpose: z.enum(consentPurposes),
  act: z.enum(consentActs),
  identity: z.string(),
  subject: z.string().optional(),
  subjectName: z.string().optional(),
  version: z.string(),
  at: z.string(),
});

export const recordingConsentSchema = z.object({
  verdict: z.enum(recordingVerdicts),
  answers: z.array(z.object({ identity: z.string(), answer: z.enum(consentAnswers) })),
});

export const consentsContract = {
  list: base
    .route({
      method: 'GET',
      path: '/api/consultations/{consultationId}/consents',
      tags: ['Consents'],
      summary: 'What was asked and answered: a patient and an observer see their own, the doctor sees all',
    })
    .meta({
      roles: ['admin', 'clinician', ...participantRoles],
      audit: 'consent.list',
      recorded: 'hourly',
      bound: 'consultationId',
    })
    .input(consultationInput)
    .output(z.array(consentEntrySchema))
    .errors(errors('CONSULTATION_NOT_FOUND')),
  ask: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/consents/ask',
      tags: ['Consents'],
      summary: 'Ask everybody in the call whether it may be recorded; the doctor agrees by asking',
    })
    .meta({ roles: doctorRoles, audit: 'consent.ask', bound: 'consultationId' })
    .input(consultationInput.extend({ purpose: z.literal('recording') }))
    .output(recordingConsentSchema)
    .errors(errors('CONSULTATION_NOT_FOUND', ...consultationOver)),
  answer: base
    .route({
      method: 'POST',
      path: '/api/consultations/{consultationId}/consents',
      tags: ['Consents'],
      summary: 'Agree, decline or withdraw, for oneself',
    })
    .meta({
      roles: ['admin', 'clinician', ...participantRoles],
      audit: 'consent.answer',
      target: 'subject',
      bound: 'consultationId',
    })
    .input(
      consultationInput.extend({
        purpose: z.enum(['observer', 'recording']),
        /** The observer, when it is about one. */
        subject: idSchema.optional(),
        answer: z.enum(['agreed', 'declined', 'withdrawn']),
        /** Of the text that was shown. */
        version: z.string().min(1).max(32),
      }),
    )
    .output(consentEntrySchema)
    .errors(
      errors(
        'CONSULTATION_NOT_FOUND',
        ...consultationOver,
        'PARTICIPANT_NOT_FOUND',
        'NOT_ADMITTED',
        'CONSENT_NOT_ASKED',
      ),
    ),
};
