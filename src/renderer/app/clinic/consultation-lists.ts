/** The lists of consultations that the clinic's window shows, kept new by the host. */
import type { AgendaPage, Consultation } from '../../../shared/contract/contract.ts';
import { addDays, startOfDay } from '../../components/calendar.ts';
import type { AgendaView } from '../../screens/clinic/agenda-screen.tsx';
import { timeOf } from '../../screens/clinic/appointment-state.ts';
import type { KnownPatient } from '../../screens/clinic/new-consultation-dialog.tsx';
import type { Ending } from '../../screens/clinic/records-screen.tsx';
import { type GrowingList, useGrowing } from '../growing-list.ts';
import { staffHost } from '../hosts.ts';
import { type Polled, usePolled } from '../polled.ts';
import { useSettled } from '../settled.ts';

/** Changes are told by the host; this is for when that fails. */
const pause = 5_000;
/** Between two letters of a search, ms. */
const settleMs = 250;
const searchLimit = 50;
/** As many as the host answers at once. */
const mostAtOnce = 500;
const knownShown = 4;

/** A day, a week or, when something is searched, what was found. */
export function useAgenda(
  view: AgendaView,
  search: string,
): Polled<AgendaPage> & { readonly searched: boolean } {
  const words = useSettled(search.trim(), settleMs);
  const from = view.date;
  const to = addDays(from, view.span === 'day' ? 1 : 7);
  const polled = usePolled(
    async () => {
      const { consultations } = await staffHost();
      if (words !== '') return consultations.find({ search: words, order: 'latest', limit: searchLimit });
      const range = { from: from.toISOString(), to: to.toISOString(), limit: mostAtOnce };
      const today = view.span === 'day' && from.getTime() === startOfDay(new Date()).getTime();
      if (!today) return consultations.find(range);
      const [day, here] = await Promise.all([
        consultations.find(range),
        consultations.find({ state: ['waiting', 'live'] }),
      ]);
      return { ...day, consultations: merged(day.consultations, here.consultations) };
    },
    pause,
    words === '' ? `${view.span} ${from.toISOString()}` : `search ${words}`,
  );
  return { ...polled, searched: words !== '' };
}

function merged(some: readonly Consultation[], others: readonly Consultation[]): Consultation[] {
  const known = new Set(some.map(({ consultationId }) => consultationId));
  return [...some, ...others.filter(({ consultationId }) => !known.has(consultationId))].sort(
    (one, other) => timeOf(one).getTime() - timeOf(other).getTime(),
  );
}

/** Pages of the agenda. */
const growing = { pause, first: searchLimit, most: mostAtOnce };

/** What ended, found by words. */
export function useRecords(search: string, ending: Ending): GrowingList<AgendaPage> {
  const words = useSettled(search.trim(), settleMs);
  return useGrowing(
    async (limit) =>
      (await staffHost()).consultations.find({
        ...(words === '' ? {} : { search: words }),
        state: ending === 'all' ? ['closed', 'cancelled', 'missed'] : ending,
        order: 'latest',
        limit,
      }),
    `${ending} ${words}`,
    growing,
  );
}

/** Everything of one patient. */
export function usePatientRecords(patientId: string): GrowingList<AgendaPage> {
  return useGrowing(
    async (limit) => (await staffHost()).consultations.find({ patientId, order: 'latest', limit }),
    patientId,
    growing,
  );
}

/** The people a name may mean; nobody for less than two letters. */
export async function findKnownPatients(text: string): Promise<KnownPatient[]> {
  const search = text.trim();
  if (search.length < 2) return [];
  const { consultations } = await (await staffHost()).consultations.find({
    search,
    order: 'latest',
    limit: searchLimit,
  });
  const known = new Map<string, KnownPatient>();
  for (const { patientId, patientName, ...consultation } of consultations) {
    if (patientName === undefined || known.has(patientId) || !sharesWord(patientName, search)) continue;
    known.set(patientId, {
      patientId,
      patientName,
      latest: consultation.scheduledAt ?? consultation.createdAt,
    });
  }
  return [...known.values()].slice(0, knownShown);
}

/** The host finds by the doctor's name and the reason too; here only the patient's counts. */
function sharesWord(name: string, search: string): boolean {
  const fold = (text: string) =>
    text
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .toLowerCase();
  return fold(search)
    .split(/\s+/)
    .every((word) => fold(name).includes(word));
}
