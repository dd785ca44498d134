/** Who keeps their place in the waiting room: by what was stored of them, and in a room whose clock is turned by hand. */
import { describe, expect, test } from 'vitest';
import { keptPlaceMs, type PastStay, placesOf } from '../../src/main/host/rooms/places.ts';
import { graceMs, Room } from '../../src/main/host/rooms/room.ts';

const minute = 60_000;
const noon = Date.parse('2026-11-24T12:00:00.000Z');
const at = (minutes: number) => new Date(noon + minutes * minute).toISOString();

const stay = (from: number, until: number, change: Partial<PastStay> = {}): PastStay => ({
  identity: 'elena',
  joinedAt: at(from),
  leftAt: at(until),
  leftAs: 'left',
  admitted: false,
  ...change,
});

describe('places by what was stored', () => {
  test('are from the first of the stays that follow one another closely', () => {
    expect(placesOf([stay(0, 5), stay(14, 20), stay(29, 30)]).get('elena')).toEqual({
      since: at(0),
      leftAt: noon + 30 * minute,
    });
    expect(placesOf([stay(0, 5), stay(16, 20)]).get('elena')?.since).toBe(at(16));
  });

  test('are kept of who was there when the host was killed', () => {
    expect(placesOf([stay(0, 5, { leftAs: undefined })]).get('elena')?.since).toBe(at(0));
  });

  test('are nobody else’s, and not of who was let in or sent away since', () => {
    expect(placesOf([stay(0, 5), stay(6, 7, { admitted: true })]).has('elena')).toBe(false);
    expect(placesOf([stay(0, 5), stay(6, 7, { leftAs: 'refused' })]).has('elena')).toBe(false);
    expect(placesOf([stay(0, 5, { identity: 'hugo' })]).has('elena')).toBe(false);
  });
});

describe('in a room', () => {
  const connection = {
    event() {},
    signal() {},
    token() {},
    message() {},
    marks() {},
    end() {},
  };
  const elena = { identity: 'elena', role: 'patient', displayName: 'Elena', admitted: false } as const;

  function openRoom() {
    let now = noon;
    const nothing = () => {};
    const room = new Room(
      {
        consultationId: 'c-1',
        roomName: 'consultation-c-1',
        patientId: 'elena',
        sid: 'RM_1',
        createdAt: at(0),
      },
      'auto',
      { ledger: [], admitted: [], places: new Map() },
      {
        now: () => now,
        sfuAvailable: () => false,
        presenceChanged: nothing,
        presence: { came: nothing, admitted: nothing, qualityChanged: nothing, left: nothing },
        recordings: {
          running: () => undefined,
          orders: () => undefined,
          consentChanged: nothing,
          recorderGone: nothing,
          roomClosed: nothing,
        },
        trail: { note: nothing },
      },
    );
    const join = () => room.join(elena, connection, undefined, undefined).member.toParticipant();
    return {
      room,
      join,
      pass: (ms: number) => {
        now += ms;
        room.sweep();
      },
    };
  }

  test('who lost the connection and was given up comes back to their place, which is not their arrival', () => {
    const { room, join, pass } = openRoom();
    expect(join().waitingSince).toBe(at(0));
    pass(5 * minute);
    room.connectionLost('elena', connection);
    pass(graceMs.waiting);
    expect(room.members).toEqual([]);
    pass(keptPlaceMs - graceMs.waiting);
    expect(join()).toMatchObject({ waitingSince: at(0), joinedAt: at(15) });
    // And again: what counts is how long they were away, not for how long they wait.
    room.leave('elena');
    pass(9 * minute);
    expect(join()).toMatchObject({ waitingSince: at(0), joinedAt: at(24) });
  });

  test('who was away for longer, counted from when the connection was lost, is the last to have come', () => {
    const { room, join, pass } = openRoom();
    join();
    room.connectionLost('elena', connection);
    pass(graceMs.waiting);
    pass(keptPlaceMs - graceMs.waiting + 1);
    expect(join().waitingSince).not.toBe(at(0));
  });

  test('who was sent away has no place, and who is in waits since no time', () => {
    const { room, join, pass } = openRoom();
    join();
    room.expel('elena', 'refused');
    pass(minute);
    expect(join().waitingSince).toBe(at(1));
    room.admit('elena');
    expect(room.member('elena')?.toParticipant()).not.toHaveProperty('waitingSince');
  });
});
