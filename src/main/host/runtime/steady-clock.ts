/** The time as measures of how long something took need it: it does not go back when somebody sets the computer's clock. */

/** @returns ms since the epoch; counts on through the computer's sleep. */
export function steadyClock(): () => number {
  const begun = { at: Date.now(), ran: performance.now() };
  return () => Math.max(Date.now(), begun.at + performance.now() - begun.ran);
}
