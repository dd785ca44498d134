/** What the video server saw of somebody's tracks is in the audit log, whatever their client says of itself. */
import { AudioSource, LocalAudioTrack, Room, TrackPublishOptions, TrackSource } from '@livekit/rtc-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/shared/contract/audit.ts';
import { closeTestHost, joinBy, startTestHost, type TestHost } from '../support/test-host.ts';
import { untilWithin } from '../support/until.ts';
import { serverBinary } from './support.ts';

const until = untilWithin(10_000);
let host: TestHost;

beforeAll(async () => {
  host = await startTestHost({ LIVEKIT_EMBEDDED: 'on', LIVEKIT_SERVER: await serverBinary() });
  await until('the video server is ready', async () => host.livekit.status().state === 'ready', 30_000);
});
afterAll(() => closeTestHost(host));

async function tracksOf(consultationId: string): Promise<Pick<AuditEntry, 'event' | 'caller' | 'target'>[]> {
  const { body } = await host.call('GET', `/api/audit?consultationId=${consultationId}&limit=500`);
  return (body.data as unknown as { entries: AuditEntry[] }).entries
    .filter(({ event }) => event.startsWith('track.'))
    .map(({ event, caller, target }) => ({ event, caller, ...(target === undefined ? {} : { target }) }))
    .reverse();
}

it('a track that comes and goes has an entry each, with its source and whose it is', async () => {
  const { consultationId, doctorId, doctorToken } = await host.createConsultation({ transport: 'sfu' });
  const { client } = await joinBy(host.url, doctorToken);
  const room = new Room();
  await room.connect(host.url.replace('http', 'ws'), doctorToken, { autoSubscribe: true, dynacast: false });
  try {
    const track = LocalAudioTrack.createAudioTrack('tone', new AudioSource(48_000, 1));
    const options = new TrackPublishOptions();
    options.source = TrackSource.SOURCE_MICROPHONE;
    const published = await room.localParticipant?.publishTrack(track, options);
    const caller = { role: 'doctor', kind: 'participant', id: doctorId };
    const came = { event: 'track.published', caller, target: 'microphone' };
    await until('it came', async () => (await tracksOf(consultationId)).length > 0);
    expect(await tracksOf(consultationId)).toEqual([came]);
    await room.localParticipant?.unpublishTrack(String(published?.sid));
    await until('it went', async () => (await tracksOf(consultationId)).length > 1);
    expect(await tracksOf(consultationId)).toEqual([came, { ...came, event: 'track.unpublished' }]);
    // Its client has said nothing of a microphone.
    const said = (await host.call('GET', `/api/audit?operation=media.started`)).body.data as unknown;
    expect(said).toEqual({ entries: [] });
  } finally {
    await room.disconnect();
    client.close();
  }
});
