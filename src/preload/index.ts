/** The preload script: exposes the bridge to our pages, frozen, and nothing else. */
import { contextBridge, ipcRenderer } from 'electron';
import type { Bridge, PortMessage, PortName } from './bridge.ts';

function argument(name: string): string | undefined {
  const prefix = `--autamedica-${name}=`;
  return process.argv.find((text) => text.startsWith(prefix))?.slice(prefix.length);
}

const connect = async (name: PortName, request: unknown): Promise<void> => {
  await ipcRenderer.invoke('autamedica:connect', name, String(request));
};

ipcRenderer.on('autamedica:port', (event, request: string) => {
  const message: PortMessage = { autamedicaPort: request };
  window.postMessage(message, window.location.origin, event.ports);
});

const bridge: Bridge = Object.freeze({
  platform: process.platform,
  mode: argument('mode') === 'clinic' ? 'clinic' : 'client',
  clinic: argument('clinic'),
  connectHost: (request: string) => connect('host', request),
  connectDesktop: (request: string) => connect('desktop', request),
});

contextBridge.exposeInMainWorld('autamedica', bridge);
