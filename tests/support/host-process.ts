/** A host to be killed: started by a test in a process of its own, with its settings in the environment. */
import { startHost } from '../../src/main/host/host.ts';
import { loadConfig } from '../../src/main/host/runtime/config.ts';

const host = await startHost(loadConfig(process.env, { webRoot: process.env.WEB_ROOT }));
process.send?.({ url: host.url });
