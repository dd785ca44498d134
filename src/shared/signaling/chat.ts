/** A consultation's chat as it travels: messages in the host's order, and who has received and read how far. */
import * as z from 'zod/mini';
import { participantRoles } from '../access/access.ts';

/** Longest message, in UTF-16 code units. */
export const maxMessageLength = 4_000;
/** Most messages in one answer to `messages`. */
export const historyPage = 100;

/** Made by the client; the same id from the same person is the same message, however often it is sent. */
export const messageIdSchema = z.string().check(z.regex(/^[A-Za-z0-9_-]{8,64}$/));

/** Text as somebody wrote it: something to read, no control characters but line breaks and tabs. */
const messageTextSchema = z.string().check(
  z.minLength(1),
  z.maxLength(maxMessageLength),
  z.regex(/^(?:[^\p{Cc}\p{Cs}]|[\n\t])*$/u, 'Send text without control characters.'),
  z.refine((text) => text.trim() !== '', { error: 'Send something to read.' }),
);

/** A file that was received whole; its content is fetched over HTTP. */
export const messageFileSchema = z.object({
  fileId: z.string(),
  name: z.string(),
  /** Found in the content, one of `fileTypes`. */
  type: z.string(),
  /** Bytes. */
  size: z.int(),
});

export type MessageFile = z.infer<typeof messageFileSchema>;

/** Has either a text or a file. */
export const messageSchema = z.object({
  /** Its place in the consultation's chat: 1, 2, 3, … without holes. */
  number: z.int(),
  id: z.string(),
  from: z.string(),
  role: z.enum(participantRoles),
  /** The sender's name when it was sent. */
  name: z.string(),
  /** ISO 8601, by the host's clock. */
  sentAt: z.string(),
  text: z.optional(z.string()),
  file: z.optional(messageFileSchema),
});
export type Message = z.infer<typeof messageSchema>;

const placeSchema = z.int().check(z.nonnegative());

/** How far one person has come: everything up to these numbers. */
export const marksSchema = z.object({ identity: z.string(), delivered: placeSchema, read: placeSchema });
export type Marks = z.infer<typeof marksSchema>;

/** Requests of the chat, by Socket.io event name. */
export const chatRequestSchemas = {
  /** Say something. Answered when it is durable. */
  message: z.object({ id: messageIdSchema, text: messageTextSchema }),
  /** What came after this number, oldest first. */
  messages: z.object({ after: placeSchema }),
  /** I have received, and read, up to these numbers. */
  marks: z.object({ delivered: placeSchema, read: placeSchema }),
} as const;

export const messagesAnswerSchema = z.object({
  messages: z.array(messageSchema),
  /** The number of the newest message there is. */
  last: placeSchema,
  /** Of everybody who may write, the asker included. */
  marks: z.array(marksSchema),
});

export const messageAnswerSchema = z.object({ message: messageSchema });
