/** The desktop app killed while it records: host, doctor's window and recorder die at once, and all but the last second is in the file. */
import { setTimeout as passing } from 'node:timers/promises';
import type { Recording } from '../../src/shared/contract/recordings.ts';
import { Chance } from '../support/chance.ts';
import { callFromPage, type Desktop, launchDesktop } from '../support/desktop.ts';
import { isNear, longestGap, packetTimes, pictures, probe } from '../support/recorded-content.ts';
import { openNewest, recordedSeconds, startRecording } from '../support/recorded-meeting.ts';
import { people, syntheticDevices } from '../support/synthetic-media.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expect, test } from '../support/web-test.ts';

const kills = Number(process.env.KILLS ?? 3);
const seed = Number(process.env.SEED ?? Date.now());
const chance = new Chance(seed);

async function recordingsOf(desktop: Desktop): Promise<Recording[]> {
  const window = await desktop.window(/^app:\/\/autamedica\/$/);
  return (await callFromPage(window, 'host', 'recordings/list')).data as Recording[];
}

for (let kill = 1; kill <= kills; kill += 1) {
  test(`an app that is killed while it records loses less than a second (${kill} of ${kills})`, async ({
    mediaFolder,
    openPerson,
  }) => {
    const parameters = ['--clinic', ...(await syntheticDevices(mediaFolder, 'doctor'))];
    const desktop = await launchDesktop({ parameters });
    const clinic = await desktop.window(/^app:\/\/autamedica\/$/);
    const link = await new DoctorAtWork(clinic).invite('Elena Ruiz');
    const [page] = await Promise.all([
      desktop.window(/\/consultation\//),
      clinic.getByRole('button', { name: 'Entrar a la consulta' }).click(),
    ]);
    const doctor = new DoctorAtWork(page);
    await expect(page.getByRole('toolbar', { name: 'Controles' })).toBeVisible();
    const patient = new PatientAtHome((await openPerson('patient')).page);
    await patient.open(link);
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await startRecording(doctor, patient);
    await recordedSeconds(doctor, 3);
    // Anywhere in a segment, a message, a write.
    await passing(chance.below(2_000));
    const [running] = await recordingsOf(desktop);
    const program = desktop.app.process();
    const ended = new Promise((done) => program.once('exit', done));
    const killedAt = Date.now();
    program.kill('SIGKILL');
    await ended;

    const again = await launchDesktop({ parameters, folder: desktop.folder });
    try {
      const window = await again.window(/^app:\/\/autamedica\/$/);
      // Nobody goes on with it.
      const { consultationId = '', egressId } = running ?? {};
      await callFromPage(window, 'host', 'consultations/close', { consultationId });
      const found = async () => (await recordingsOf(again)).find((one) => one.egressId === egressId);
      await expect.poll(async () => (await found())?.status, { timeout: 30_000 }).toBe('EGRESS_COMPLETE');
      const saved = await found();
      const captured = killedAt - Date.parse(running?.startedAt ?? '');
      const lost = captured - (saved?.durationMs ?? 0);
      process.stdout.write(`app killed: ${lost} ms lost of ${captured} (SEED=${seed})\n`);
      expect(lost).toBeLessThan(1_000);
      // What it says was lost is what was, and not the time until somebody came to look.
      expect(saved?.capturedMs).toBeLessThan(captured + 1_000);

      const file = await openNewest(`${desktop.folder}/data`);
      const { duration } = await probe(file);
      expect(Math.abs(duration * 1_000 - (saved?.durationMs ?? 0))).toBeLessThan(500);
      expect(longestGap(await packetTimes(file, 'a'))).toBeLessThan(0.1);
      const [middle] = await pictures(file, { from: duration / 2, most: 1 });
      expect(isNear(middle?.colour(0.3, 0.3) ?? [0, 0, 0], people.patient.colour)).toBe(true);
    } finally {
      await again.close();
    }
  });
}
