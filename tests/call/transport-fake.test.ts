/** The fake transport keeps what the real ones promise. */
import {
  type LocalTracks,
  type MediaSource,
  mediaSources,
  type Track,
} from '../../src/renderer/call/transport.ts';
import { FakeHub } from '../../src/renderer/transports/fake/fake-transport.ts';
import { describeTransport, type Ground, type Party } from './transport-contract.ts';

let trackNumber = 0;
const track = (source: MediaSource): Track => ({
  id: `track-${++trackNumber}`,
  kind: source === 'camera' || source === 'screen_share' ? 'video' : 'audio',
});

function party(hub: FakeHub, identity: string, role: Party['role']): Party {
  const transport = hub.factory({
    identity,
    sources: role === 'doctor' ? mediaSources : role === 'patient' ? ['camera', 'microphone'] : [],
    iceServers: [],
    livekitUrl: () => undefined,
    token: () => '',
    signals: { send: async () => {}, onSignal: () => () => {}, onRestored: () => () => {} },
  });
  let sent: LocalTracks = {};
  const data: { from: string; topic: string; text: string }[] = [];
  transport.on('data', ({ from, topic, payload }) =>
    data.push({ from, topic, text: new TextDecoder().decode(payload) }),
  );
  return {
    identity,
    role,
    connect: () => transport.connect(),
    setPeers: async (peers) => transport.setPeers(peers),
    publish: (sources) => {
      sent = Object.fromEntries(sources.map((source) => [source, sent[source] ?? track(source)]));
      return transport.publish(sent);
    },
    replace: (source) => {
      sent = { ...sent, [source]: track(source) };
      return transport.publish(sent);
    },
    sendData: (topic, text) => transport.sendData(topic, new TextEncoder().encode(text)),
    data: async () => data,
    state: async () => transport.state,
    tracks: async () => transport.tracks.map(({ track: { id }, ...one }) => ({ ...one, id })),
    seen: async () => ({}),
    traffic: async () => ({ packetsIn: 0, packetsOut: 0, framesDecoded: 0 }),
    negotiations: async () => 0,
    close: () => transport.close(),
    vanish: async () => {},
  };
}

const ground = async (): Promise<Ground> => ({
  room: async () => {
    const hub = new FakeHub();
    return { party: async (identity, role) => party(hub, identity, role), admit: async () => {} };
  },
  clear: async () => {},
  close: async () => {},
});

describeTransport('fake', ground, false);
