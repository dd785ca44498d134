import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  HandMadeRecorder,
  ordersTold,
  readyToRecord,
  startRecording,
  stopRecording,
} from '../support/hand-made-recorder.ts';
import { closeTestHost, OpenClients, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
const clients = new OpenClients();

beforeAll(async () => {
  host = await startTestHost();
});
afterEach(() => clients.closeAll());
afterAll(() => closeTestHost(host));

async function ready() {
  const consultation = await host.createConsultation();
  const { doctor, patient } = await readyToRecord(host, consultation);
  clients.keep(doctor);
  clients.keep(patient);
  return { consultation, doctor, patient };
}

async function recording() {
  const { consultation, doctor, patient } = await ready();
  const started = await startRecording(host, consultation);
  const orders = await doctor.until(() => ordersTold(doctor), 'the orders');
  return { consultation, doctor, patient, started, orders };
}

test('is started and stopped over REST, and is safe when that is answered', async () => {
  const { consultation, doctor, started, orders } = await recording();
  expect(started.body.data).toEqual({
    egressId: orders.egressId,
    roomName: consultation.roomName,
    startedAt: expect.any(String),
    status: 'EGRESS_ACTIVE',
    recorder: 'client',
  });
  const recorder = new HandMadeRecorder(doctor, orders);
  await recorder.record(3);
  recorder.begin();
  const stopped = await stopRecording(host, consultation, orders.egressId);
  expect(stopped.body.data).toEqual({
    egressId: orders.egressId,
    status: 'EGRESS_COMPLETE',
    endedAt: expect.any(String),
    durationMs: recorder.capturedMs,
    sizeBytes: expect.any(Number),
  });
});
