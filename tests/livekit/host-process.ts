/** A host with a video server and nothing else, run by a test as a process: DATA_DIR LIVEKIT_SERVER. */
import { createLiveKit } from '../../src/main/host/livekit/create-livekit.ts';
import { internalKey, RecordedLog, statusReached } from './support.ts';

const [dataDir = '', serverPath = ''] = process.argv.slice(2);
const nobody = () => Promise.reject(new Error('nobody is expected'));
const livekit = createLiveKit({
  dataDir,
  serverPath,
  environment: process.env,
  embedded: true,
  internal: internalKey,
  nodeIp: () => '127.0.0.1',
  hostDoorUrl: () => 'http://127.0.0.1:9',
  iceServers: () => [],
  log: new RecordedLog(),
  authorize: nobody,
  authorizeReturn: nobody,
  authorizeRecorder: nobody,
});
livekit.start();
await statusReached(livekit, 'ready');
process.stdout.write('ready\n');
