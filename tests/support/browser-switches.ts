/** Switches that every Chromium of the tests is started with: no sandbox for root, and nothing that asks the internet. */
export const quietSwitches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Sound may play without a click, as in a page that the person has already used.
  '--autoplay-policy=no-user-gesture-required',
];
