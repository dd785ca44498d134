import { describe, expect, test } from 'vitest';
import { DownloadTickets, isTicket } from '../../src/main/host/files/download-tickets.ts';

const file = { consultationId: 'a', fileId: 'one' };
const caller = { role: 'clinician' } as const;
const minute = 60_000;

function newTickets() {
  let now = Date.parse('2026-01-01T00:00:00Z');
  return {
    tickets: new DownloadTickets(() => now),
    wait: (ms: number) => {
      now += ms;
    },
  };
}
const invalid = expect.objectContaining({ code: 'TICKET_INVALID' });

describe('a download ticket', () => {
  test('opens its file once, as who it was given to', () => {
    const { tickets } = newTickets();
    const { ticket, expiresAt } = tickets.issue(caller, file);
    expect(isTicket(ticket)).toBe(true);
    expect(expiresAt).toBe('2026-01-01T00:01:00.000Z');
    expect(tickets.redeem(ticket, file)).toBe(caller);
    expect(() => tickets.redeem(ticket, file)).toThrow(invalid);
  });

  test('is good for less than a minute', () => {
    const { tickets, wait } = newTickets();
    const { ticket: early } = tickets.issue(caller, file);
    const { ticket: late } = tickets.issue(caller, file);
    wait(minute - 1);
    expect(tickets.redeem(early, file)).toBe(caller);
    wait(1);
    expect(() => tickets.redeem(late, file)).toThrow(invalid);
  });

  test.each([
    ['another file', { ...file, fileId: 'two' }],
    ['the same file of another consultation', { ...file, consultationId: 'b' }],
  ])('does not open %s, and is used up by the attempt', (_what, other) => {
    const { tickets } = newTickets();
    const { ticket } = tickets.issue(caller, file);
    expect(() => tickets.redeem(ticket, other)).toThrow(invalid);
    expect(() => tickets.redeem(ticket, file)).toThrow(invalid);
  });

  test('of many thousands, the newest thousand stand', () => {
    const { tickets } = newTickets();
    const issued = Array.from({ length: 3_000 }, () => tickets.issue(caller, file).ticket);
    const good = issued.filter((ticket) => {
      try {
        return tickets.redeem(ticket, file) === caller;
      } catch {
        return false;
      }
    });
    expect(good).toEqual(issued.slice(-1_000));
  });
});
