/** The operations on a consultation's chat: the clinic reads it afterwards. Writing is signaling's. */
import * as z from 'zod';
import { messageSchema } from '../signaling/chat.ts';
import { base, consultationInput, errors } from './operation.ts';

export const messagesContract = {
  list: base
    .route({
      method: 'GET',
      path: '/api/consultations/{consultationId}/messages',
      tags: ['Messages'],
      summary: 'Read the chat of a consultation, oldest first',
    })
    .meta({
      roles: ['admin', 'clinician', 'doctor'],
      audit: 'message.list',
      recorded: 'hourly',
      bound: 'consultationId',
    })
    .input(
      consultationInput.extend({
        /** Only what came after the message with this number. */
        after: z.coerce.number().int().nonnegative().default(0),
      }),
    )
    .output(
      z.object({
        messages: z.array(messageSchema),
        /** Whether to ask again, after the last of these. */
        more: z.boolean(),
      }),
    )
    .errors(errors('CONSULTATION_NOT_FOUND')),
};
