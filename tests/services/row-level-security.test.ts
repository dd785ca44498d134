/** Who may do what with the events in the clinic's Supabase, tried with real keys, signed tokens and forged ones. */
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keys, SupabaseStandIn, signed } from './supabase-stand-in.ts';

let supabase: SupabaseStandIn;
beforeAll(async () => {
  supabase = await SupabaseStandIn.start();
});
afterAll(() => supabase?.close());

const kept = {
  id: '00000000-0000-4000-a000-000000000001',
  clinic_id: '00000000-0000-4000-a000-0000000000c1',
  consultation_id: 'one',
  generation: 1,
  sequence: 1,
  kind: 'consultation.created',
  at: '2026-03-01T12:00:00+00:00',
  data: { state: 'planned', patientId: 'patient-1', doctorId: 'doctor-1' },
};
const another = { ...kept, id: '00000000-0000-4000-a000-000000000002', sequence: 2 };

beforeEach(async () => {
  await supabase.sql('truncate public.consultation_events');
  const { error } = await client(keys.service).from('consultation_events').insert(kept);
  expect(error).toBeNull();
});

/** @param token whom the requests come from; the key's own role without one. */
function client(key: string, token?: string): SupabaseClient {
  return createClient(supabase.url, key, {
    auth: { persistSession: false, autoRefreshToken: false },
    ...(token === undefined ? {} : { global: { headers: { Authorization: `Bearer ${token}` } } }),
  });
}

const attempts = (from: SupabaseClient) => ({
  read: () => from.from('consultation_events').select('*'),
  'read the view': () => from.from('consultations_now').select('*'),
  insert: () => from.from('consultation_events').insert(another),
  upsert: () => from.from('consultation_events').upsert({ ...kept, kind: 'forged' }),
  update: () => from.from('consultation_events').update({ kind: 'forged' }).eq('id', kept.id),
  delete: () => from.from('consultation_events').delete().eq('id', kept.id),
});
type Attempt = keyof ReturnType<typeof attempts>;
const everyAttempt: Attempt[] = ['read', 'read the view', 'insert', 'upsert', 'update', 'delete'];

const unchanged = async () => {
  const rows = await supabase.query<{ id: string; kind: string }>(
    'select id, kind from public.consultation_events',
  );
  expect(rows).toEqual([{ id: kept.id, kind: kept.kind }]);
};

const strangers: [string, () => SupabaseClient][] = [
  ['the anon key', () => client(keys.anon)],
  [
    'an account that signed in',
    () => client(keys.anon, signed({ role: 'authenticated', sub: '00000000-0000-4000-a000-00000000000a' })),
  ],
];

describe.each(strangers)('%s', (_, make) => {
  test.each(everyAttempt)('may not %s', async (attempt) => {
    const { error, data } = await attempts(make())[attempt]();
    expect(error?.code).toBe('42501');
    expect(data).toBeNull();
    await unchanged();
  });
});

const forged: [string, string][] = [
  [
    'signed with another secret',
    signed({ role: 'service_role' }, 'a-secret-that-somebody-has-made-up-by-themselves'),
  ],
  [
    'signed by nobody',
    `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${Buffer.from('{"role":"service_role","exp":4000000000}').toString('base64url')}.`,
  ],
  ['whose role was changed after it was signed', tampered()],
  ['that has expired', signed({ role: 'service_role', exp: 1_000_000_000 })],
  ['for the owner of the database', signed({ role: 'supabase_admin' })],
];

function tampered(): string {
  const [head, , signature] = signed({ role: 'anon' }).split('.');
  const claims = Buffer.from(JSON.stringify({ role: 'service_role', exp: 4_000_000_000 })).toString(
    'base64url',
  );
  return `${head}.${claims}.${signature}`;
}

describe.each(forged)('a token %s', (_, token) => {
  test.each(everyAttempt)('may not %s', async (attempt) => {
    const { error, data, status } = await attempts(client(keys.anon, token))[attempt]();
    expect(error).not.toBeNull();
    expect([401, 403]).toContain(status);
    expect(data).toBeNull();
    await unchanged();
  });
});

test('without a key of the project nothing is answered at all', async () => {
  const { status } = await client(signed({ role: 'service_role' }, 'x'.repeat(32)))
    .from('consultation_events')
    .select();
  expect(status).toBe(401);
});

test('the service key adds and reads, and changes and deletes nothing', async () => {
  const service = attempts(client(keys.service));
  expect((await service.read()).data).toMatchObject([{ id: kept.id }]);
  expect((await service['read the view']()).data).toMatchObject([
    { consultation_id: 'one', state: 'planned' },
  ]);
  for (const attempt of ['upsert', 'update', 'delete'] as const) {
    expect((await service[attempt]()).error?.code).toBe('42501');
  }
  await unchanged();
  expect((await service.insert()).error).toBeNull();
});

describe('where somebody has granted everything to everybody', () => {
  beforeAll(() =>
    supabase.sql(
      'grant all on public.consultation_events, public.consultations_now to anon, authenticated',
      'postgres',
    ),
  );
  afterAll(() =>
    supabase.sql(
      'revoke all on public.consultation_events, public.consultations_now from anon, authenticated',
      'postgres',
    ),
  );

  test.each(strangers)('%s still sees no row, and adds, changes and deletes none', async (_, make) => {
    const stranger = attempts(make());
    expect((await stranger.read()).data).toEqual([]);
    expect((await stranger['read the view']()).data).toEqual([]);
    expect((await stranger.insert()).error?.code).toBe('42501');
    await stranger.update();
    await stranger.delete();
    await unchanged();
  });

  test('the policy of docs/tracking.md lets managers read, and only them', async () => {
    await supabase.sql(
      `create policy "managers read" on public.consultation_events for select to authenticated
        using ((select auth.jwt() -> 'app_metadata' ->> 'autamedica_role') = 'admin')`,
      'postgres',
    );
    try {
      const account = (role: string) =>
        attempts(
          client(keys.anon, signed({ role: 'authenticated', app_metadata: { autamedica_role: role } })),
        );
      expect((await account('admin').read()).data).toHaveLength(1);
      expect((await account('admin')['read the view']()).data).toHaveLength(1);
      expect((await account('reception').read()).data).toEqual([]);
      expect((await account('reception')['read the view']()).data).toEqual([]);
      expect((await account('admin').insert()).error?.code).toBe('42501');
    } finally {
      await supabase.sql('drop policy "managers read" on public.consultation_events', 'postgres');
    }
  });
});
