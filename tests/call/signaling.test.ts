/** The signaling socket against the real host: joined once, in order, without loss, through every kind of interruption. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SignalingEvent, SignalingUnavailable } from '../../src/renderer/call/signaling.ts';
import { createSignaling } from '../../src/renderer/host-client/signaling.ts';
import { CatalogueError } from '../../src/shared/contract/errors.ts';
import {
  type CreatedConsultation,
  closeTestHost,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';
import { openLine } from './harness/cuttable-line.ts';

let host: TestHost;
let consultation: CreatedConsultation;
const open: { close(): void }[] = [];

beforeEach(async () => {
  host = await startTestHost();
  consultation = await host.createConsultation();
});
afterEach(async () => {
  for (const one of open.splice(0)) one.close();
  await closeTestHost(host);
});

function enter(token: string, url = host.url) {
  const signaling = createSignaling({ url, token, requestTimeout: 2_000 });
  const events: SignalingEvent[] = [];
  let wake = () => {};
  signaling.onEvent((event) => {
    events.push(event);
    wake();
  });
  open.push(signaling);
  const until = async (found: () => boolean, what: string): Promise<void> => {
    const deadline = Date.now() + 15_000;
    while (!found()) {
      if (Date.now() > deadline) throw new Error(`not so in time: ${what}; ${JSON.stringify(events)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const count = (type: SignalingEvent['type']) => events.filter((event) => event.type === type).length;
  const roomEvents = () => events.flatMap((event) => (event.type === 'room' ? [event.event.type] : []));
  signaling.start();
  return {
    signaling,
    events,
    until,
    count,
    roomEvents,
    joined: () => until(() => count('joined') === 1, 'joined'),
  };
}

/** Another host on the same port with the same data: the first one was restarted. */
async function restart(pause: () => Promise<void>): Promise<void> {
  const { dataDir, url } = host;
  await host.close();
  await pause();
  host = await startTestHost({ DATA_DIR: dataDir, PORT: new URL(url).port });
}

describe('signaling', () => {
  it('joins, and passes on what happens in the room', async () => {
    const doctor = enter(consultation.doctorToken);
    await doctor.joined();
    const patient = enter(consultation.patientToken);
    await patient.joined();
    await doctor.until(() => doctor.roomEvents().includes('participant-joined'), 'the patient');
    const [first] = patient.events;
    expect(first).toMatchObject({ type: 'joined', state: { self: { state: 'waiting', role: 'patient' } } });
  });

  it('carries a signal between two who see each other', async () => {
    const doctor = enter(consultation.doctorToken);
    const patient = enter(consultation.patientToken);
    await Promise.all([doctor.joined(), patient.joined()]);
    const signal = { connection: 'x', description: { type: 'offer' as const, sdp: 'v=0' } };
    await doctor.signaling.request('signal', { to: consultation.patientId, signal });
    await patient.until(() => patient.count('signal') === 1, 'the signal');
    expect(patient.events.find((event) => event.type === 'signal')).toEqual({
      type: 'signal',
      received: { from: consultation.doctorId, signal },
    });
  });

  it('rejects with the code of the host, or says that the host cannot be asked', async () => {
    const doctor = enter(consultation.doctorToken);
    await expect(doctor.signaling.request('echo', {})).rejects.toBeInstanceOf(SignalingUnavailable);
    await doctor.joined();
    const signal = { connection: 'x', candidate: { candidate: '' } };
    await expect(doctor.signaling.request('signal', { to: 'nobody', signal })).rejects.toMatchObject({
      name: 'CatalogueError',
      code: 'PARTICIPANT_NOT_FOUND',
    });
  });

  it('joins again by itself when the host comes back, and says what was missed exactly once', async () => {
    const doctor = enter(consultation.doctorToken);
    const patient = enter(consultation.patientToken);
    await Promise.all([doctor.joined(), patient.joined()]);
    await restart(async () => {
      await doctor.until(() => doctor.count('lost') === 1, 'lost');
      await expect(doctor.signaling.request('echo', {})).rejects.toBeInstanceOf(SignalingUnavailable);
    });
    await doctor.until(() => doctor.count('joined') === 2, 'joined again');
    await patient.until(() => patient.count('joined') === 2, 'joined again');
    await doctor.signaling.request('media', { microphone: true, camera: false, screen: false });
    await patient.until(
      () =>
        patient.events.some(
          (event) =>
            event.type === 'room' &&
            event.event.type === 'participant-updated' &&
            event.event.participant.media.microphone,
        ),
      'an event of the new host',
    );
  });

  it('passes on what happened while only its own connection was away', async () => {
    const doctor = enter(consultation.doctorToken);
    await doctor.joined();
    const line = await openLine(host.url);
    const patient = enter(consultation.patientToken, line.url);
    await patient.joined();
    line.cut();
    await patient.until(() => patient.count('lost') === 1, 'lost');
    const { consultationId, patientId } = consultation;
    await host.call('POST', `/api/consultations/${consultationId}/participants/${patientId}/admit`, {
      body: {},
    });
    line.mend();
    await patient.until(() => patient.count('joined') === 2, 'joined again');
    expect(patient.roomEvents().filter((type) => type === 'admitted')).toEqual(['admitted']);
    expect(patient.events.filter((event) => event.type === 'joined').at(-1)).toMatchObject({
      state: { self: { state: 'admitted' } },
    });
    patient.signaling.close();
    await line.close();
  });

  it.each([
    ['a token that is not one', 'TOKEN_INVALID'],
    ['a consultation that has ended', 'CONSULTATION_CLOSED'],
  ])('is refused for good with %s', async (_what, code) => {
    await host.call('POST', `/api/consultations/${consultation.consultationId}/close`, { body: {} });
    const stranger = enter(code === 'TOKEN_INVALID' ? 'rubbish' : consultation.patientToken);
    await stranger.until(() => stranger.count('refused') === 1, 'refused');
    const refusal = stranger.events.find((event) => event.type === 'refused');
    expect(refusal?.error).toBeInstanceOf(CatalogueError);
    expect(refusal?.error.code).toBe(code);
    expect(stranger.count('joined')).toBe(0);
  });

  it('ends for good when removed, and does not come back', async () => {
    const doctor = enter(consultation.doctorToken);
    const patient = enter(consultation.patientToken);
    await Promise.all([doctor.joined(), patient.joined()]);
    await host.call('DELETE', `/api/rooms/${consultation.roomName}/participants/${consultation.patientId}`);
    await patient.until(() => patient.roomEvents().includes('ended'), 'ended');
    expect(patient.events.at(-1)).toMatchObject({
      type: 'room',
      event: { type: 'ended', reason: 'removed' },
    });
    await expect(patient.signaling.request('echo', {})).rejects.toBeInstanceOf(SignalingUnavailable);
    const again = enter(consultation.patientToken);
    await again.until(() => again.count('refused') === 1, 'refused');
  });

  it('keeps looking for a host that is not there yet', async () => {
    const { dataDir, url } = host;
    await host.close();
    const early = enter(consultation.doctorToken, url);
    await new Promise((resolve) => setTimeout(resolve, 300));
    host = await startTestHost({ DATA_DIR: dataDir, PORT: new URL(url).port });
    await early.joined();
  });

  it('uses a renewed token for the next handshake', async () => {
    const doctor = enter(consultation.doctorToken);
    await doctor.joined();
    const { token } = await doctor.signaling.request('renew', {});
    expect(doctor.signaling.token()).toBe(token);
  });
});
