/** What an invitation tells before one says who one is. */
import type * as z from 'zod';
import type { invitationGreetingSchema } from '../../../shared/contract/invitations.ts';

export type InvitationGreeting = z.infer<typeof invitationGreetingSchema>;
