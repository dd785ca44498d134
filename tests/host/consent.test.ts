import { join as joinPath } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ConsentStore } from '../../src/main/host/consent/store.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import { type ConsentEntry, consentVersions } from '../../src/shared/consent/consent.ts';
import type { ConsentState } from '../../src/shared/signaling/messages.ts';
import { Chance } from '../support/chance.ts';
import {
  type CreatedConsultation,
  closeTestHost,
  type HandMadeClient,
  inviteTo,
  joinBy,
  OpenClients,
  redeem,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

let host: TestHost;
const clients = new OpenClients();

beforeAll(async () => {
  host = await startTestHost();
});
afterEach(() => clients.closeAll());
afterAll(() => closeTestHost(host));

const join = (token: string, url = host.url) => clients.join(url, token);

const path = ({ consultationId }: Pick<CreatedConsultation, 'consultationId'>, rest: string) =>
  `/api/consultations/${consultationId}/${rest}`;

/** Answers as the holder of a token; without one as the clinic. */
async function answer(
  consultation: CreatedConsultation,
  token: string | undefined,
  body: Record<string, unknown>,
  at = host,
): Promise<string> {
  const purpose = String(body.purpose) as 'observer' | 'recording';
  const { body: answered } = await at.call('POST', path(consultation, 'consents'), {
    ...(token === undefined ? {} : { token }),
    body: { version: consentVersions[purpose], ...body },
  });
  return answered.error?.code ?? 'done';
}
const admit = async (consultation: CreatedConsultation, identity: string, at = host) =>
  (await at.call('POST', path(consultation, `participants/${identity}/admit`))).body.error?.code ?? 'done';

/** A consultation with the doctor and the patient in it, and an observer at the door. */
async function withObserver(name = 'Lucía Gómez') {
  const consultation = await host.createConsultation({ patientName: 'Elena Ruiz' });
  const doctor = await join(consultation.doctorToken);
  const patient = await join(consultation.patientToken);
  await admit(consultation, consultation.patientId);
  const visitor = await redeem(
    host,
    await inviteTo(host, consultation.consultationId, { role: 'observer' }),
    name,
  );
  const observer = await join(visitor.token);
  return { consultation, doctor, patient, observer, visitor };
}

/** The newest consents a person was told. */
function toldTo(client: HandMadeClient): ConsentState | undefined {
  return client.events.map(({ event }) => event).findLast((event) => event.type === 'consents-changed')
    ?.consents;
}

describe('an observer', () => {
  test('is asked about of the patient, who reads the name, and the doctor sees that the answer is missing', async () => {
    const { patient, doctor, visitor } = await withObserver();
    const asked = {
      identity: visitor.identity,
      displayName: 'Lucía Gómez',
      state: 'waiting',
      answer: 'pending',
    };
    for (const { client } of [patient, doctor])
      await client.until(() => toldTo(client)?.observers[0]?.identity === visitor.identity, 'the question');
    expect(toldTo(patient.client)?.observers).toEqual([asked]);
    expect(toldTo(doctor.client)?.observers).toEqual([asked]);
    const list = await host.call('GET', '/api/waiting-room');
    expect(list.body.data).toContainEqual(
      expect.objectContaining({ identity: visitor.identity, consent: 'pending' }),
    );
  });

  test('is not admitted before the patient agreed, by the clinic or by the doctor, and is afterwards', async () => {
    const { consultation, patient, doctor, observer, visitor } = await withObserver();
    expect(await admit(consultation, visitor.identity)).toBe('CONSENT_MISSING');
    const byDoctor = await host.call('POST', path(consultation, `participants/${visitor.identity}/admit`), {
      token: consultation.doctorToken,
    });
    expect([byDoctor.status, byDoctor.body.error?.code]).toEqual([409, 'CONSENT_MISSING']);
    const about = { purpose: 'observer', subject: visitor.identity };
    expect(await answer(consultation, consultation.patientToken, { ...about, answer: 'agreed' })).toBe(
      'done',
    );
    await doctor.client.until(() => toldTo(doctor.client)?.observers[0]?.answer === 'agreed', 'she agreed');
    expect(await admit(consultation, visitor.identity)).toBe('done');
    await observer.client.event('admitted');
    await patient.client.until(
      () =>
        patient.client.events.some(
          ({ event }) =>
            event.type === 'participant-joined' && event.participant.identity === visitor.identity,
        ),
      'the patient sees who is there',
    );
  });

  test('is agreed to by the patient alone', async () => {
    const { consultation, visitor } = await withObserver();
    const yes = { purpose: 'observer', subject: visitor.identity, answer: 'agreed' };
    expect(await answer(consultation, undefined, yes)).toBe('FORBIDDEN');
    expect(await answer(consultation, consultation.doctorToken, yes)).toBe('FORBIDDEN');
    expect(await answer(consultation, visitor.token, yes)).toBe('FORBIDDEN');
    const other = await host.createConsultation();
    expect(await answer(consultation, other.patientToken, yes)).toBe('FORBIDDEN');
    expect(await answer(other, other.patientToken, yes)).toBe('PARTICIPANT_NOT_FOUND');
    expect(await admit(consultation, visitor.identity)).toBe('CONSENT_MISSING');
  });

  test('is agreed to by name: an answer about somebody who is no observer, or to another text, is refused', async () => {
    const { consultation, visitor } = await withObserver();
    const say = (body: Record<string, unknown>) =>
      answer(consultation, consultation.patientToken, { purpose: 'observer', answer: 'agreed', ...body });
    expect(await say({ subject: consultation.doctorId })).toBe('PARTICIPANT_NOT_FOUND');
    expect(await say({})).toBe('BAD_REQUEST');
    expect(await say({ subject: visitor.identity, version: '1999-01' })).toBe('BAD_REQUEST');
    expect(await say({ subject: visitor.identity, purpose: 'terms' })).toBe('BAD_REQUEST');
  });

  test('leaves at once when the patient withdraws, cannot come back, and reads why', async () => {
    const { consultation, patient, observer, visitor } = await withObserver();
    const about = { purpose: 'observer', subject: visitor.identity };
    await answer(consultation, consultation.patientToken, { ...about, answer: 'agreed' });
    await admit(consultation, visitor.identity);
    await observer.client.event('admitted');
    await answer(consultation, consultation.patientToken, { ...about, answer: 'withdrawn' });
    expect((await observer.client.event('ended')).reason).toBe('consent-withdrawn');
    await observer.client.disconnected();
    expect((await patient.client.event('participant-left')).reason).toBe('consent-withdrawn');
    await expect(join(visitor.token)).rejects.toThrow('REMOVED');
    expect(await admit(consultation, visitor.identity)).toBe('PARTICIPANT_NOT_FOUND');
  });

  test('stays out after a host that was stopped between her word and what follows from it', async () => {
    const first = await startTestHost();
    const consultation = await first.createConsultation();
    await join(consultation.patientToken, first.url);
    const code = await inviteTo(first, consultation.consultationId, { role: 'observer' });
    const visitor = await redeem(first, code, 'Lucía');
    await join(visitor.token, first.url);
    const about = { purpose: 'observer', subject: visitor.identity } as const;
    await answer(consultation, consultation.patientToken, { ...about, answer: 'agreed' }, first);
    expect(await admit(consultation, visitor.identity, first)).toBe('done');
    await first.close();
    const database = await openDatabase(
      joinPath(first.dataDir, 'clinic.db'),
      loadSecrets(first.dataDir).secrets.databaseKey,
    );
    await new ConsentStore(database, new GroupCommit(database)).append(consultation.consultationId, [
      { ...about, act: 'withdrawn', identity: consultation.patientId, version: '2026-11', at: '' },
    ]);
    await database.destroy();
    const second = await startTestHost({ DATA_DIR: first.dataDir });
    try {
      expect((await join(visitor.token, second.url)).state.self.state).toBe('waiting');
      expect(await admit(consultation, visitor.identity, second)).toBe('CONSENT_MISSING');
    } finally {
      await closeTestHost(second);
    }
  });

  test('who was declined can still be agreed to while they wait', async () => {
    const { consultation, visitor } = await withObserver();
    const about = { purpose: 'observer', subject: visitor.identity };
    await answer(consultation, consultation.patientToken, { ...about, answer: 'declined' });
    expect(await admit(consultation, visitor.identity)).toBe('CONSENT_MISSING');
    await answer(consultation, consultation.patientToken, { ...about, answer: 'agreed' });
    expect(await admit(consultation, visitor.identity)).toBe('done');
  });

  test('can be agreed to from the waiting room; nobody else there learns of them', async () => {
    const consultation = await host.createConsultation();
    const patient = await join(consultation.patientToken);
    const code = await inviteTo(host, consultation.consultationId, { role: 'observer', useLimit: 2 });
    const [first, second] = [await redeem(host, code, 'Lucía'), await redeem(host, code, 'Pedro')];
    await join(first.token);
    const { state } = await join(second.token);
    expect(state.consents).toEqual({ observers: [] });
    await patient.client.until(() => toldTo(patient.client)?.observers.length === 2, 'both questions');
    const again = await join(consultation.patientToken);
    expect(again.state.consents.observers.map(({ displayName }) => displayName)).toEqual(['Lucía', 'Pedro']);
  });
});

describe('recording', () => {
  const ask = (consultation: CreatedConsultation, token?: string) =>
    host.call('POST', path(consultation, 'consents/ask'), {
      ...(token === undefined ? {} : { token }),
      body: { purpose: 'recording' },
    });

  test('is asked by the doctor, who agrees by asking, and everybody in the call is told each answer', async () => {
    const { consultation, doctor, patient } = await withObserver();
    const asked = await ask(consultation);
    expect(asked.body.data).toEqual({
      verdict: 'pause',
      answers: [
        { identity: consultation.doctorId, answer: 'agreed' },
        { identity: consultation.patientId, answer: 'pending' },
      ],
    });
    await patient.client.until(() => toldTo(patient.client)?.recording?.verdict === 'pause', 'the question');
    await answer(consultation, consultation.patientToken, { purpose: 'recording', answer: 'agreed' });
    await doctor.client.until(() => toldTo(doctor.client)?.recording?.verdict === 'run', 'it may run');
  });

  test('pauses when an observer comes in, goes on when they agree, stops when the patient withdraws', async () => {
    const { consultation, doctor, observer, visitor } = await withObserver();
    await ask(consultation);
    await answer(consultation, consultation.patientToken, { purpose: 'recording', answer: 'agreed' });
    await answer(consultation, consultation.patientToken, {
      purpose: 'observer',
      subject: visitor.identity,
      answer: 'agreed',
    });
    await admit(consultation, visitor.identity);
    const verdict = () => toldTo(doctor.client)?.recording?.verdict;
    await observer.client.until(() => toldTo(observer.client)?.recording?.verdict === 'pause', 'asked too');
    await doctor.client.until(() => verdict() === 'pause', 'paused');
    await answer(consultation, visitor.token, { purpose: 'recording', answer: 'agreed' });
    await doctor.client.until(() => verdict() === 'run', 'on again');
    await answer(consultation, consultation.patientToken, { purpose: 'recording', answer: 'withdrawn' });
    await doctor.client.until(() => verdict() === 'stop', 'stopped');
    expect(
      await answer(consultation, consultation.patientToken, { purpose: 'recording', answer: 'agreed' }),
    ).toBe('CONSENT_NOT_ASKED');
  });

  test('asked twice is one question', async () => {
    const { consultation } = await withObserver();
    await Promise.all([ask(consultation), ask(consultation, consultation.doctorToken), ask(consultation)]);
    const ledger = await host.call('GET', path(consultation, 'consents'));
    const entries = ledger.body.data as unknown as ConsentEntry[];
    expect(entries.filter(({ act }) => act === 'asked')).toHaveLength(1);
  });

  test('is answered only when it was asked, and only from inside the call', async () => {
    const { consultation, visitor } = await withObserver();
    const yes = { purpose: 'recording', answer: 'agreed' };
    expect(await answer(consultation, consultation.patientToken, yes)).toBe('CONSENT_NOT_ASKED');
    await ask(consultation);
    expect(await answer(consultation, visitor.token, yes)).toBe('NOT_ADMITTED');
    expect(await answer(consultation, consultation.patientToken, { ...yes, subject: visitor.identity })).toBe(
      'BAD_REQUEST',
    );
  });

  test('is not told to who waits', async () => {
    const { consultation, observer } = await withObserver();
    await ask(consultation);
    await observer.client.request('echo');
    expect(toldTo(observer.client)).toBeUndefined();
  });
});

describe('the ledger', () => {
  test('shows a patient and an observer their own receipts, and the doctor all', async () => {
    const { consultation, visitor } = await withObserver();
    await answer(consultation, consultation.patientToken, {
      purpose: 'observer',
      subject: visitor.identity,
      answer: 'agreed',
    });
    const seenBy = async (token: string) => {
      const { body } = await host.call('GET', path(consultation, 'consents'), { token });
      return (body.data as unknown as ConsentEntry[]).map(
        ({ identity, purpose, act, subjectName }) => `${identity} ${purpose} ${act} ${subjectName ?? ''}`,
      );
    };
    const ofPatient = `${consultation.patientId} observer agreed Lucía Gómez`;
    const ofObserver = `${visitor.identity} terms agreed `;
    expect(await seenBy(consultation.patientToken)).toEqual([ofPatient]);
    expect(await seenBy(visitor.token)).toEqual([ofObserver]);
    expect(await seenBy(consultation.doctorToken)).toEqual([ofObserver, ofPatient]);
  });

  test('cannot be changed or shortened, not even by the host itself', async () => {
    const own = await startTestHost();
    await own.createConsultation();
    const { invitationUrl } = await own.createConsultation();
    await redeem(own, invitationUrl.split('/').at(-1) ?? '', 'Elena');
    await own.close();
    const database = await openDatabase(
      joinPath(own.dataDir, 'clinic.db'),
      loadSecrets(own.dataDir).secrets.databaseKey,
    );
    try {
      await expect(database.updateTable('consents').set({ act: 'declined' }).execute()).rejects.toThrow(
        'consents are only added',
      );
      await expect(database.deleteFrom('consents').execute()).rejects.toThrow('consents are only added');
      expect(await database.selectFrom('consents').selectAll().execute()).toHaveLength(1);
    } finally {
      await database.destroy();
      await closeTestHost(own);
    }
  });
});

describe('in every order', () => {
  const courses = 3;
  const steps = 150;

  test.each([1, 2, 3, 4])(
    'nobody is inside, and nothing may be recorded, without the consent it takes (%i)',
    async (seed) => {
      let own = await startTestHost();
      let watched = 0;
      let ran = 0;
      try {
        for (let course = 0; course < courses; course += 1) {
          const trial = new Trial(own, new Chance(seed * 1_000 + course));
          await trial.begin();
          for (let step = 0; step < steps; step += 1) own = await trial.step();
          trial.end();
          watched += trial.watched;
          ran += trial.ran;
        }
        expect(watched).toBeGreaterThan(0);
        expect(ran).toBeGreaterThan(0);
      } finally {
        await closeTestHost(own);
      }
    },
  );
});

interface Someone {
  readonly identity: string;
  readonly token: string;
  readonly role: 'doctor' | 'patient' | 'observer';
  client?: HandMadeClient | undefined;
  /** What the answer to joining said. */
  joined?: ConsentState | undefined;
}

/** A consultation in which everything happens by chance, compared after each step with a model written down anew here. */
class Trial {
  #host: TestHost;
  readonly #chance: Chance;
  #consultation!: CreatedConsultation;
  readonly #people: Someone[] = [];
  /** By observer: the patient's last word. */
  readonly #observers = new Map<string, string>();
  /** Answers to the open question; undefined while none is. */
  #recording: Map<string, string> | undefined;
  /** In the call when the host was restarted, and not heard of since: a direct call goes on without the host. */
  #lingering = new Set<string>();
  readonly #course: string[] = [];
  /** How often somebody observed, and somebody was told that recording may run: without both this would show nothing. */
  watched = 0;
  ran = 0;

  constructor(own: TestHost, chance: Chance) {
    this.#host = own;
    this.#chance = chance;
  }

  async begin(): Promise<void> {
    this.#consultation = await this.#host.createConsultation();
    const { doctorId, doctorToken, patientId, patientToken } = this.#consultation;
    this.#people.push(
      { identity: doctorId, token: doctorToken, role: 'doctor' },
      { identity: patientId, token: patientToken, role: 'patient' },
    );
    this.#people.push(await this.#visitor(), await this.#visitor());
  }

  async #visitor(): Promise<Someone> {
    const code = await inviteTo(this.#host, this.#consultation.consultationId, { role: 'observer' });
    return { ...(await redeem(this.#host, code, 'Lucía')), role: 'observer' };
  }

  end(): void {
    for (const person of this.#people) person.client?.close();
  }

  async step(): Promise<TestHost> {
    const person = this.#chance.pick(this.#people);
    const what = this.#chance.pick([
      'join',
      'join',
      'leave',
      'admit',
      'admit',
      'observer',
      'observer',
      'ask',
      'answer',
      'answer',
      'answer',
      'restart',
      'two at once',
    ] as const);
    this.#course.push(`${what} ${person.role} ${person.identity}`);
    switch (what) {
      case 'join':
        await this.#join(person);
        break;
      case 'leave':
        await person.client?.send('leave').catch(() => undefined);
        person.client?.close();
        person.client = undefined;
        break;
      case 'admit':
        await admit(this.#consultation, person.identity, this.#host);
        break;
      case 'observer':
        await this.#aboutObserver(person);
        break;
      case 'ask':
        await this.#ask();
        break;
      case 'answer':
        await this.#answerRecording(person);
        break;
      case 'restart':
        await this.#restart();
        break;
      case 'two at once':
        // Whichever comes first: the model takes the consent, whose last word is the same either way.
        await Promise.all([
          this.#aboutObserver(person),
          admit(this.#consultation, person.identity, this.#host),
        ]);
        break;
    }
    await this.#compare();
    return this.#host;
  }

  async #join(person: Someone): Promise<void> {
    person.client?.close();
    this.#lingering.delete(person.identity);
    try {
      const { client, state } = await joinBy(this.#host.url, person.token);
      person.client = client;
      person.joined = state.consents;
    } catch {
      // Sent away for good: somebody else comes in their place.
      expect(person.role).toBe('observer');
      this.#people.splice(this.#people.indexOf(person), 1, await this.#visitor());
    }
  }

  async #aboutObserver({ identity, role }: Someone): Promise<void> {
    if (role !== 'observer') return;
    const word = this.#chance.pick(['agreed', 'agreed', 'agreed', 'declined', 'withdrawn']);
    const done = await answer(
      this.#consultation,
      this.#consultation.patientToken,
      { purpose: 'observer', subject: identity, answer: word },
      this.#host,
    );
    expect(done, this.#story()).toBe('done');
    this.#observers.set(identity, word);
    if (word !== 'agreed') this.#lingering.delete(identity);
  }

  async #ask(): Promise<void> {
    const { body } = await this.#host.call('POST', path(this.#consultation, 'consents/ask'), {
      body: { purpose: 'recording' },
    });
    expect(body.success, this.#story()).toBe(true);
    this.#recording ??= new Map([[this.#consultation.doctorId, 'agreed']]);
  }

  async #answerRecording(person: Someone): Promise<void> {
    const word = this.#chance.pick(['agreed', 'agreed', 'agreed', 'agreed', 'declined', 'withdrawn']);
    const done = await answer(
      this.#consultation,
      person.token,
      { purpose: 'recording', answer: word },
      this.#host,
    );
    if (done !== 'done' || this.#recording === undefined) return;
    if (word === 'agreed') this.#recording.set(person.identity, word);
    else this.#recording = undefined;
  }

  async #restart(): Promise<void> {
    for (const { identity, state } of await this.#inside()) {
      if (state === 'admitted') this.#lingering.add(identity);
    }
    await this.#host.close();
    for (const person of this.#people) {
      person.client?.close();
      person.client = undefined;
    }
    this.#host = await startTestHost({ DATA_DIR: this.#host.dataDir });
  }

  /** Everybody in the call, also those whose connection is lost. */
  async #inside() {
    const { consultationId } = this.#consultation;
    const { body } = await this.#host.call('GET', `/api/rooms/consultation-${consultationId}/stats`);
    const there = (body.data?.participants ?? []) as unknown as {
      identity: string;
      role: string;
      state: string;
    }[];
    return there.filter(({ state }) => state !== 'waiting');
  }

  async #compare(): Promise<void> {
    const inside = await this.#inside();
    for (const { identity, role, state } of inside) {
      if (role !== 'observer' || state !== 'admitted') continue;
      expect(this.#observers.get(identity), this.#story()).toBe('agreed');
      this.watched += 1;
    }
    const mayRun =
      this.#recording !== undefined &&
      [...inside.map(({ identity }) => identity), ...this.#lingering].every(
        (identity) => this.#recording?.get(identity) === 'agreed',
      );
    for (const person of this.#people) {
      if (person.client === undefined || !person.client.socket.connected) continue;
      // Answered after everything that was told before.
      await person.client.send('echo').catch(() => undefined);
      const { recording } = toldTo(person.client) ?? person.joined ?? {};
      if (recording?.verdict !== 'run') continue;
      expect(mayRun, this.#story()).toBe(true);
      this.ran += 1;
    }
  }

  #story(): string {
    return this.#course.join('\n');
  }
}
