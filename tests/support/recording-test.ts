/** Tests that listen to what was recorded: the people of web-test, whose voices reach the recording as their microphones give them. */
import { test as web } from './web-test.ts';

/** A browser takes a tone that never changes for noise, and the way by the server then sends none of it. To be run in a page. */
export function leaveSoundAsItIs(): void {
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  mediaDevices.getUserMedia = (wish = {}) => open({ ...wish, ...(wish.audio ? { audio: plain } : {}) });
}

export const test: typeof web = web.extend({
  openPerson: async ({ openPerson }, use) => {
    await use(async (...who) => {
      const person = await openPerson(...who);
      await person.page.addInitScript(leaveSoundAsItIs);
      return person;
    });
  },
});
