/** What a clinic's window asks of its agenda, the same for every way of asking. */

export const clinicSize = { consultations: 50_000, patients: 5_000, perDay: 45 } as const;

const day = 24 * 60 * 60_000;
const midnight = Math.floor(Date.now() / day) * day;
const iso = (moment: number) => new Date(moment).toISOString();

/** When the consultation of this number is: the last fortnight of them is still to come. */
export function timeOfConsultation(number: number): string {
  const toCome = 14 * clinicSize.perDay;
  const first = midnight - Math.floor((clinicSize.consultations - toCome) / clinicSize.perDay) * day;
  const ofDay = number % clinicSize.perDay;
  return iso(first + Math.floor(number / clinicSize.perDay) * day + 8 * 60 * 60_000 + ofDay * 15 * 60_000);
}

export const questions = {
  today: { from: iso(midnight), to: iso(midnight + day), limit: 500 },
  week: { from: iso(midnight - 3 * day), to: iso(midnight + 4 * day), limit: 500 },
  'search, one of 50,000': { search: 'sosa 48765', order: 'latest', limit: 50 },
  'search, in every tenth': { search: 'NÚÑEZ', order: 'latest', limit: 50 },
  'search, in none': { search: 'wxyz', order: 'latest', limit: 50 },
  'history of a patient': { patientId: 'patient-77', order: 'latest', limit: 50 },
} as const;
export type QuestionName = keyof typeof questions;
export const questionNames = Object.keys(questions) as readonly QuestionName[];

export function addressOf(name: QuestionName): string {
  const parameters = Object.entries(questions[name]).map(([key, value]) => [key, String(value)]);
  return `/api/agenda?${new URLSearchParams(parameters)}`;
}

/** How many answers come in a second when so many are asked for at a time. */
export async function perSecond(
  ask: () => Promise<unknown>,
  { atATime, milliseconds }: { atATime: number; milliseconds: number },
): Promise<number> {
  const started = performance.now();
  const until = started + milliseconds;
  let answers = 0;
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      while (performance.now() < until) {
        await ask();
        answers += 1;
      }
    }),
  );
  return (answers * 1000) / (performance.now() - started);
}

export const load = { atATime: 8, milliseconds: 1_500 } as const;
