import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { type AnyContractRouter, type ContractRouterClient, isContractProcedure } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/message-port';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contractRoutes } from '../../src/main/host/rest/routes.ts';
import type { Caller, Role } from '../../src/shared/access/access.ts';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import { type Contract, contract } from '../../src/shared/contract/contract.ts';
import {
  type CreatedConsultation,
  closeTestHost,
  type PairedDevice,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

const staff: readonly Role[] = ['admin', 'clinician', 'reception'];
const everyRole: readonly Role[] = [...staff, 'doctor', 'patient', 'observer', 'anyone'];

/** Who may call what, written out here again: the contract's own lists are what is being tested. */
const allowed: Record<string, readonly Role[]> = {
  health: everyRole,
  'consultations.create': staff,
  'consultations.list': staff,
  'consultations.find': staff,
  'consultations.changes': staff,
  'consultations.update': staff,
  'consultations.reschedule': staff,
  'consultations.cancel': staff,
  'consultations.get': [...staff, 'doctor'],
  'consultations.enter': ['admin', 'clinician'],
  'consultations.setTransport': ['admin', 'clinician', 'doctor'],
  'consultations.close': ['admin', 'clinician', 'doctor'],
  'invitations.create': [...staff, 'doctor'],
  'invitations.list': [...staff, 'doctor'],
  'invitations.revoke': [...staff, 'doctor'],
  'invitations.greet': everyRole,
  'invitations.redeem': everyRole,
  'waitingRoom.list': staff,
  'waitingRoom.admit': ['admin', 'clinician', 'doctor'],
  'waitingRoom.refuse': [...staff, 'doctor'],
  'waitingRoom.tell': [...staff, 'doctor'],
  'consents.list': ['admin', 'clinician', 'doctor', 'patient', 'observer'],
  'consents.ask': ['admin', 'clinician', 'doctor'],
  'consents.answer': ['admin', 'clinician', 'doctor', 'patient', 'observer'],
  'rooms.active': staff,
  'rooms.stats': ['admin', 'clinician', 'doctor'],
  'rooms.removeParticipant': ['admin', 'clinician', 'doctor'],
  'messages.list': ['admin', 'clinician', 'doctor'],
  'consultations.summary': ['admin', 'clinician', 'doctor'],
  'notes.get': ['admin', 'clinician', 'doctor'],
  'notes.save': ['admin', 'clinician', 'doctor'],
  'notes.history': ['admin', 'clinician', 'doctor'],
  'notes.version': ['admin', 'clinician', 'doctor'],
  'network.destinations': ['admin'],
  'network.status': staff,
  'network.share': ['admin'],
  'backups.create': ['admin'],
  'backups.list': ['admin'],
  'tracking.status': ['admin'],
  'tracking.retry': ['admin'],
  'recordings.start': ['admin', 'clinician', 'doctor'],
  'recordings.stop': ['admin', 'clinician', 'doctor'],
  'recordings.list': ['admin', 'clinician'],
  'recordings.get': ['admin', 'clinician'],
  'recordings.storage': ['admin'],
  'recordings.storeNow': ['admin'],
  'audit.list': ['admin'],
  'audit.verify': ['admin'],
  'audit.export': ['admin'],
  'files.list': ['admin', 'clinician', 'doctor'],
  'files.ticket': ['admin', 'clinician'],
  'files.create': ['admin', 'clinician', 'doctor', 'patient'],
  'files.get': ['admin', 'clinician', 'doctor', 'patient'],
  'files.cancel': ['admin', 'clinician', 'doctor', 'patient'],
  'recordingLibrary.find': ['admin', 'clinician'],
  'recordingLibrary.ticket': ['admin', 'clinician'],
  'recordingLibrary.check': ['admin', 'clinician'],
  'recordingLibrary.hold': ['admin', 'clinician'],
  'recordingLibrary.release': ['admin'],
  'recordingLibrary.keep': ['admin'],
  'recordingLibrary.remove': ['admin'],
  'recordingLibrary.share': ['admin', 'clinician'],
  'recordingLibrary.links': ['admin', 'clinician'],
  'recordingLibrary.unshare': ['admin', 'clinician'],
  'recordingLibrary.openLink': everyRole,
  'recordingLibrary.rules': ['admin', 'clinician'],
  'recordingLibrary.setRules': ['admin'],
  'recordingLibrary.pack': ['admin'],
  'livekit.status': [...staff, 'doctor'],
  'staff.me': staff,
  'staff.invite': ['admin'],
  'staff.pair': everyRole,
  'staff.pairByProof': everyRole,
  'staff.unpair': staff,
  'staff.devices': ['admin'],
  'staff.rename': ['admin'],
  'staff.revoke': ['admin'],
  'clinic.rename': ['admin'],
};

const routes = contractRoutes(contract);
const apiKey = 'a-key-of-the-clinic-for-tests';

let host: TestHost;
let own: CreatedConsultation;
let foreign: CreatedConsultation;
let observerToken: string;
let observerIdentity: string;
let clinician: PairedDevice;
let reception: PairedDevice;
let pairingCode: string;

beforeAll(async () => {
  host = await startTestHost({ API_KEY: apiKey });
  foreign = await host.createConsultation();
});

afterAll(() => closeTestHost(host));

/** What the trials before may have used up: what was refused has left everything as it was. */
const spent = { consultation: true, staff: true };

/** Tries an operation on a consultation of its own, because some operations end it, by computers that are paired. */
async function attempt(callOver: typeof overHttp, operation: string, role: Role, where: 'own' | 'foreign') {
  if (spent.consultation) await newConsultation();
  if (spent.staff) await newStaff();
  const outcome = await callOver(operation, role, where === 'own' ? own : foreign);
  spent.consultation = !refusals.has(outcome);
  spent.staff = spent.consultation && operation.startsWith('staff.');
  return outcome;
}

async function newConsultation(): Promise<void> {
  own = await host.createConsultation();
  const invited = await host.call('POST', `/api/consultations/${own.consultationId}/invitations`, {
    token: apiKey,
    body: { role: 'observer' },
  });
  const redeemed = await host.call('POST', `/api/invitations/${String(invited.body.data?.code)}/redeem`, {
    body: { displayName: 'Someone', termsVersion: consentVersions.terms },
  });
  observerToken = String(redeemed.body.data?.token);
  observerIdentity = String(redeemed.body.data?.identity);
}

async function newStaff(): Promise<void> {
  clinician = await host.pairDevice('clinician');
  reception = await host.pairDevice('reception');
  pairingCode = (await host.makePairingCode('reception')).code;
}

function tokenOf(role: Role): string | undefined {
  const tokens: Record<Role, string | undefined> = {
    admin: apiKey,
    clinician: clinician.credential,
    reception: reception.credential,
    doctor: own.doctorToken,
    patient: own.patientToken,
    observer: observerToken,
    anyone: undefined,
  };
  return tokens[role];
}

function callerOf(role: Role): Caller {
  const { consultationId } = own;
  switch (role) {
    case 'admin':
    case 'anyone':
      return { role };
    case 'clinician':
      return { role, staff: { kind: 'device', id: clinician.deviceId, name: '' } };
    case 'reception':
      return { role, staff: { kind: 'device', id: reception.deviceId, name: '' } };
    case 'doctor':
      return { role, consultationId, identity: own.doctorId };
    case 'patient':
      return { role, consultationId, identity: own.patientId };
    case 'observer':
      return { role, consultationId, identity: observerIdentity };
  }
}

/** Valid input for every operation, naming a given consultation. */
function inputFor(operation: string, consultation: CreatedConsultation): Record<string, unknown> {
  const { consultationId, roomName, patientId, doctorId, invitationUrl } = consultation;
  const code = invitationUrl.split('/').at(-1);
  const inputs: Record<string, Record<string, unknown>> = {
    'consultations.create': { consultationId, patientId, doctorId },
    'consultations.setTransport': { consultationId, transport: 'p2p' },
    'consultations.reschedule': { consultationId, scheduledAt: '2090-01-01T10:00:00Z' },
    'invitations.create': { consultationId, role: 'observer' },
    'invitations.greet': { code },
    'invitations.revoke': { consultationId, code },
    'invitations.redeem': { code, displayName: 'Someone', termsVersion: consentVersions.terms },
    'waitingRoom.admit': { consultationId, identity: patientId },
    'waitingRoom.refuse': { consultationId, identity: patientId },
    'staff.invite': { personName: 'Someone', role: 'reception' },
    'staff.pair': { code: pairingCode, deviceName: 'A computer' },
    'staff.pairByProof': { nonce: '0'.repeat(32), proof: '0'.repeat(64), deviceName: 'A computer' },
    'staff.rename': { deviceId: reception.deviceId, deviceName: 'Another name' },
    'staff.revoke': { deviceId: reception.deviceId },
    'clinic.rename': { clinicName: 'A clinic' },
    'waitingRoom.tell': { consultationId, message: 'In a moment' },
    'consents.ask': { consultationId, purpose: 'recording' },
    'consents.answer': {
      consultationId,
      purpose: 'recording',
      answer: 'agreed',
      version: consentVersions.recording,
    },
    'files.create': { consultationId, uploadId: 'upload-1', name: 'a.txt', size: 1 },
    'files.ticket': { consultationId, fileId: 'a-file' },
    'files.get': { consultationId, fileId: 'a-file' },
    'files.cancel': { consultationId, fileId: 'a-file' },
    'notes.save': { consultationId, text: 'Se siente bien.', basedOn: 0, editor: 'window-1' },
    'notes.version': { consultationId, version: 1 },
    'rooms.stats': { roomName },
    'recordings.start': { consultationId, roomName },
    'recordings.stop': { consultationId, egressId: 'EG_none' },
    'recordings.get': { egressId: 'EG_none' },
    'recordingLibrary.ticket': { egressId: 'EG_none', use: 'play' },
    'recordingLibrary.check': { egressId: 'EG_none' },
    'recordingLibrary.hold': { egressId: 'EG_none', reason: 'A reason' },
    'recordingLibrary.release': { egressId: 'EG_none', reason: 'A reason' },
    'recordingLibrary.keep': { egressId: 'EG_none', keeping: { rule: 'forever' } },
    'recordingLibrary.remove': { egressId: 'EG_none', reason: 'A reason' },
    'recordingLibrary.share': { egressId: 'EG_none', hours: 1 },
    'recordingLibrary.links': { egressId: 'EG_none' },
    'recordingLibrary.unshare': { egressId: 'EG_none', linkId: 'none' },
    'recordingLibrary.openLink': { token: 'none' },
    'recordingLibrary.setRules': { sharing: false },
    'network.share': { sharing: false },
    'rooms.removeParticipant': { roomName, identity: patientId },
  };
  return inputs[operation] ?? { consultationId };
}

type Outcome = 'done' | string;

async function overHttp(operation: string, role: Role, consultation: CreatedConsultation): Promise<Outcome> {
  const route = routes.find((candidate) => candidate.operation === operation);
  if (route === undefined) throw new Error(`no route for ${operation}`);
  const input = inputFor(operation, consultation);
  const path = route.path.replace(/\{([^}]+)\}/g, (_, name: string) =>
    encodeURIComponent(String(input[name])),
  );
  const token = tokenOf(role);
  const { status, body } = await host.call(route.method, path, {
    ...(token === undefined ? {} : { token }),
    ...(['POST', 'PUT', 'PATCH', 'DELETE'].includes(route.method) ? { body: input } : {}),
  });
  return status === 200 ? 'done' : (body.error?.code ?? `status ${status}`);
}

async function overMessagePort(
  operation: string,
  role: Role,
  consultation: CreatedConsultation,
): Promise<Outcome> {
  const { port1, port2 } = new MessageChannel();
  try {
    new RPCHandler(host.router).upgrade(port1, {
      context: { caller: callerOf(role), baseUrl: host.url, remoteAddress: 'window' },
    });
    port1.start();
    const client: ContractRouterClient<Contract> = createORPCClient(new RPCLink({ port: port2 }));
    port2.start();
    const procedure = operation
      .split('.')
      .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], client) as (
      input: unknown,
    ) => Promise<unknown>;
    await procedure(inputFor(operation, consultation));
    return 'done';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    port1.close();
    port2.close();
  }
}

const doors = [
  { door: 'HTTP', callOver: overHttp },
  { door: 'a message port', callOver: overMessagePort },
];
const refusals = new Set(['FORBIDDEN', 'UNAUTHENTICATED']);

function auditNames(part: AnyContractRouter): string[] {
  return isContractProcedure(part)
    ? [String(part['~orpc'].meta.audit)]
    : Object.values(part).flatMap(auditNames);
}

test('every operation has a name of its own in the audit log', () => {
  const names = auditNames(contract);
  expect(names.filter((name) => !/^[a-z-]+\.[a-z-]+$/.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

test('every operation is in the table of this test', () => {
  expect(routes.map(({ operation }) => operation).sort()).toEqual(Object.keys(allowed).sort());
});

describe.each(doors)('over $door', ({ callOver }) => {
  describe.each(routes.map(({ operation }) => operation))('%s', (operation) => {
    test.each(everyRole)('as %s', async (role) => {
      const outcome = await attempt(callOver, operation, role, 'own');
      if (allowed[operation]?.includes(role)) {
        expect(refusals.has(outcome), `${outcome} for a role that may`).toBe(false);
        expect(outcome).not.toBe('INTERNAL_ERROR');
      } else {
        expect(outcome).toBe(role === 'anyone' ? 'UNAUTHENTICATED' : 'FORBIDDEN');
      }
    });
  });

  const bound = routes.filter(({ path }) => path.includes('{consultationId}') || path.includes('{roomName}'));
  const cases = bound.flatMap(({ operation }) =>
    (['doctor', 'patient', 'observer'] as const)
      .filter((role) => allowed[operation]?.includes(role))
      .map((role) => ({ operation, role })),
  );
  test.each(cases)('$operation: a $role cannot name another consultation', async ({ operation, role }) => {
    expect(await attempt(callOver, operation, role, 'foreign')).toBe('FORBIDDEN');
  });
});
