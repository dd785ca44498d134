/** Where the next page of the agenda begins, as a text that means nothing to others. */
import * as z from 'zod';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { AgendaPlace, StoredConsultation } from './store.ts';

const placeSchema = z.tuple([z.iso.datetime(), z.string()]);

export function toCursor({ scheduledAt, createdAt, consultationId }: StoredConsultation): string {
  return Buffer.from(JSON.stringify([scheduledAt ?? createdAt, consultationId])).toString('base64url');
}

/** @throws CatalogueError BAD_REQUEST for what is not one of `toCursor`. */
export function placeFrom(cursor: string): AgendaPlace {
  const place = placeSchema.safeParse(parse(Buffer.from(cursor, 'base64url').toString()));
  if (!place.success) {
    throw new CatalogueError('BAD_REQUEST', [
      { path: ['cursor'], message: 'Use the nextCursor of the page before, unchanged.' },
    ]);
  }
  const [startsAt, consultationId] = place.data;
  return { startsAt, consultationId };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
