/** What a page makes of its address, of what was pasted, of names and of the browser it runs in. */
import { expect, test } from 'vitest';
import { browserOf } from '../../src/renderer/app/join/browser.ts';
import { memoryOf } from '../../src/renderer/app/join/visit-memory.ts';
import { invitationOf, routeOf } from '../../src/renderer/app/route.ts';
import { platformOf, platformsFrom } from '../../src/renderer/app/trust/platform.ts';
import { formatClock, formatDuration } from '../../src/renderer/components/format.ts';
import { firstNameOf, initialsOf } from '../../src/renderer/components/names.ts';

test.each([
  ['/', { name: 'clinic' }],
  ['/anything', { name: 'clinic' }],
  ['/consultation', { name: 'clinic' }],
  ['/consultation/a%3Ab', { name: 'consultation', consultationId: 'a:b' }],
  ['/consultation/%E0%A4%A', { name: 'clinic' }],
  ['/trust', { name: 'trust' }],
  ['/join', { name: 'join' }],
  ['/join/K7M4QX', { name: 'join', code: 'K7M4QX' }],
  [
    '/join?host=https%3A%2F%2F192.168.1.24%3A8443&code=K7M4QX',
    { name: 'join', code: 'K7M4QX', host: 'https://192.168.1.24:8443' },
  ],
])('the address %s is %o', (address, route) => {
  expect(routeOf(address)).toEqual(route);
});

test.each([
  ['K7M4QX', { code: 'K7M4QX' }],
  [' k7m 4qx ', { code: 'K7M4QX' }],
  ['k7m-4qx', { code: 'K7M4QX' }],
  ['https://192.168.1.24:8443/join/K7M4QX', { code: 'K7M4QX', host: 'https://192.168.1.24:8443' }],
  [
    'autamedica://join?host=https%3A%2F%2F192.168.1.24%3A8443&code=K7M4QX',
    { code: 'K7M4QX', host: 'https://192.168.1.24:8443' },
  ],
  [
    'autamedica://join?host=https%3A%2F%2F192.168.1.24%3A8443&code=K7M4QX&fingerprint=4fa2',
    { code: 'K7M4QX', host: 'https://192.168.1.24:8443', fingerprint: '4fa2' },
  ],
  ['https://192.168.1.24:8443/consultation/K7M4QX', undefined],
  ['javascript:alert(1)//join/K7M4QX', undefined],
  ['hola', undefined],
  ['', undefined],
])('pasting "%s" is understood as %o', (text, invitation) => {
  expect(invitationOf(text)).toEqual(invitation);
});

test.each([
  ['Dr. Martín Pérez', 'MP', 'Martín'],
  ['María de los Ángeles Fernández Etcheverry de Larrazábal', 'ML', 'María'],
  ['elena', 'E', 'elena'],
  ['Ñ', 'Ñ', 'Ñ'],
  ['de la Y', 'DY', 'de'],
  ['', '', ''],
])('"%s" has the initials %s and is addressed as %s', (name, initials, first) => {
  expect(initialsOf(name)).toBe(initials);
  expect(firstNameOf(name)).toBe(first);
});

test.each([
  [0, '00:00'],
  [-5, '00:00'],
  [724_999, '12:04'],
  [3_753_000, '1:02:33'],
])('%i ms are read as %s', (milliseconds, text) => {
  expect(formatClock(milliseconds)).toBe(text);
});

test.each([
  [-1, '0 s'],
  [57_900, '57 s'],
  [24 * 60_000 + 18_000, '24 min 18 s'],
  [3_600_000 + 2 * 60_000 + 59_000, '1 h 2 min'],
])('%d ms last "%s", never broken into two lines', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text.replaceAll(' ', '\u00a0'));
});

const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';
test.each([
  ['chrome', 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36', 0],
  ['edge', 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0', 0],
  ['firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', 0],
  ['safari', `${mac} Version/17.0 Safari/605.1.15`, 0],
  ['iphone', `${mac} Version/17.0 Safari/605.1.15`, 5],
  ['iphone', 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) CriOS/130.0 Safari/604.1', 5],
  ['android', 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36', 5],
])('instructions for %s are shown to %s', (browser, userAgent, touchPoints) => {
  expect(browserOf(userAgent, touchPoints)).toBe(browser);
});

test.each([
  ['windows', 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36', 0],
  ['mac', `${mac} Version/17.0 Safari/605.1.15`, 0],
  ['iphone', `${mac} Version/17.0 Safari/605.1.15`, 5],
  ['android', 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36', 5],
  ['firefox', 'Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0', 0],
] as const)(
  'the steps for %s come first for %s, and the others follow',
  (platform, userAgent, touchPoints) => {
    const shown = platformsFrom(platformOf(userAgent, touchPoints));
    expect(shown[0]).toBe(platform);
    expect([...shown].sort()).toEqual(['android', 'firefox', 'iphone', 'mac', 'windows']);
  },
);

function fakeStorage(): Storage {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
    clear: () => values.clear(),
    key: () => null,
    length: 0,
  };
}

test('a visit is remembered by its own code until it is over', () => {
  const storage = fakeStorage();
  const visit = memoryOf('K7M4QX', () => storage);
  visit.markInside();
  visit.setWish({ camera: false });
  expect(memoryOf('K7M4QX', () => storage).wasInside()).toBe(true);
  expect(memoryOf('K7M4QX', () => storage).wish()).toEqual({ camera: false, microphone: true });
  expect(memoryOf('OTHERC', () => storage).wasInside()).toBe(false);
  visit.forgetInside();
  expect(memoryOf('K7M4QX', () => storage).wasInside()).toBe(false);
});

test('the key to come back with outlives the tab, is another for each code, and is gone when the visit is over', () => {
  const browser = fakeStorage();
  const inNewTab = (code: string) =>
    memoryOf(
      code,
      () => fakeStorage(),
      () => browser,
    );
  const key = inNewTab('K7M4QX').returnKey();
  expect(key).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(inNewTab('K7M4QX').returnKey()).toBe(key);
  expect(inNewTab('OTHERC').returnKey()).not.toBe(key);
  inNewTab('K7M4QX').forgetReturnKey();
  expect(inNewTab('K7M4QX').returnKey()).not.toBe(key);
});

test('a browser that refuses storage still lets people in', () => {
  const refused = () => {
    throw new DOMException('no', 'SecurityError');
  };
  const visit = memoryOf('K7M4QX', refused, refused);
  visit.markInside();
  expect(visit.returnKey()).toBe(visit.returnKey());
  expect(visit.wasInside()).toBe(false);
  expect(visit.wish()).toEqual({ camera: true, microphone: true });
});
