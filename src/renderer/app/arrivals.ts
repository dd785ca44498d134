/** Says once, by sound and by notice, that somebody arrived; several windows of the clinic say it only once together. */
import i18next from 'i18next';
import { useEffect, useRef } from 'react';
import type { ParticipantRole } from '../../shared/access/access.ts';
import { askShell } from './hosts.ts';
import { preferences } from './preferences.ts';
import { recallValue, remember } from './remembered.ts';

export interface Arrival {
  readonly identity: string;
  readonly role: ParticipantRole;
  /** ISO 8601: the same person coming anew is a new arrival, a short loss of the connection is not. */
  readonly joinedAt: string;
}

const key = 'autamedica.announced';
const kept = 50;

/** True for whoever asks first, over all windows of this browser profile and also after they were loaded anew. */
async function claim(arrival: string): Promise<boolean> {
  return (await isOurs(arrival)) && isNew(arrival);
}

/**
 * Windows that ask at the same moment see each other's storage too late. A lock is had by one only (Web Locks API, W3C),
 * and kept until the page goes.
 */
function isOurs(arrival: string): Promise<boolean> {
  return new Promise((resolve) => {
    const hold = (lock: Lock | null) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise<void>(() => {});
    };
    navigator.locks.request(`${key} ${arrival}`, { ifAvailable: true }, hold).catch(() => resolve(true));
  });
}

function isNew(arrival: string): boolean {
  const stored = recallValue(key);
  const announced: readonly unknown[] = Array.isArray(stored) ? stored : [];
  if (announced.includes(arrival)) return false;
  remember(key, JSON.stringify([...announced, arrival].slice(-kept)));
  return true;
}

/** @param role whom it is about; of several, the patient. */
function notify(role: 'patient' | 'observer'): void {
  if (window.autamedica) {
    askShell((shell) => shell.notices.show({ notice: `${role}-waiting` }));
    askShell((shell) => shell.windows.attention());
  } else if ('Notification' in window && Notification.permission === 'granted' && document.hidden) {
    const text = role === 'patient' ? 'waitingRoom.notification' : 'waitingRoom.observerNotification';
    new Notification(i18next.t(text), { tag: 'autamedica-waiting' });
  }
}

/** Browsers show notices only after being asked, and can be asked only inside a click. */
export function askForNotices(): void {
  if (!window.autamedica && 'Notification' in window && Notification.permission === 'default') {
    Notification.requestPermission().catch(() => {});
  }
}

/** @param play makes the sound. */
export function useArrivals(arrivals: readonly Arrival[], play: () => Promise<void>): void {
  const known = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const roles = new Map(
      arrivals.map(({ identity, joinedAt, role }) => [`${identity} ${joinedAt}`, role] as const),
    );
    const fresh = [...roles].filter(([one]) => !known.current.has(one));
    known.current = new Set([...known.current, ...roles.keys()].slice(-4 * kept));
    void Promise.all(fresh.map(async ([one, role]) => ((await claim(one)) ? role : undefined))).then(
      (said) => {
        const claimed = said.filter((role) => role !== undefined);
        if (claimed.length === 0) return;
        notify(claimed.includes('patient') ? 'patient' : 'observer');
        // A browser that refuses sound before a click still shows the card and the title.
        if (preferences.snapshot().sound) play().catch(() => {});
      },
    );
  }, [arrivals, play]);
}
