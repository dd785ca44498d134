/** The operations that are measured, as HTTP requests. */
import { randomUUID } from 'node:crypto';

/** What a program that creates consultations sends. */
export function newConsultation() {
  const id = randomUUID();
  return { consultationId: id, patientId: `patient-${id}`, doctorId: `doctor-${id}` };
}

export interface MeasuredOperation {
  readonly name: 'health' | 'get' | 'list' | 'create';
  readonly words: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: () => object;
}

export const measuredOperations: readonly MeasuredOperation[] = [
  { name: 'health', words: 'health', method: 'GET', path: '/health' },
  { name: 'get', words: 'one consultation', method: 'GET', path: '/api/consultations/asked-for-0' },
  { name: 'list', words: 'a page of 50', method: 'GET', path: '/api/consultations?limit=50' },
  {
    name: 'create',
    words: 'create a consultation',
    method: 'POST',
    path: '/api/consultations/create',
    body: newConsultation,
  },
];
