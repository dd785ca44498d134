/** Gives our own windows message ports to the host and to the desktop shell, and nobody else. */
import { RPCHandler } from '@orpc/server/message-port';
import { ipcMain, MessageChannelMain, type MessagePortMain } from 'electron';
import type { EmbeddedHost } from './embedded-host.ts';
import { isOurFrame } from './guards.ts';
import type { createDesktopRouter } from './operations.ts';
import type { PageSource } from './our-pages.ts';
import type { Texts } from './texts.ts';
import type { AppWindow, Windows } from './windows.ts';

export interface PortOptions {
  readonly windows: Windows;
  readonly pages: PageSource;
  readonly texts: Texts;
  /** undefined when this app has no host. */
  readonly host: () => EmbeddedHost | undefined;
  readonly desktopRouter: ReturnType<typeof createDesktopRouter>;
}

export function servePorts({ windows, pages, texts, host, desktopRouter }: PortOptions): void {
  const desktopHandler = new RPCHandler(desktopRouter);

  async function attach(name: unknown, window: AppWindow, port: MessagePortMain): Promise<void> {
    if (name === 'desktop') {
      desktopHandler.upgrade(port, { context: { window } });
      return;
    }
    const embedded = host();
    const isOfStaff = window.kind === 'clinic' || window.kind === 'consultation';
    if (name !== 'host' || !embedded || !isOfStaff) throw new Error(texts.noHost);
    const handle = await embedded.get();
    new RPCHandler(handle.router).upgrade(port, { context: handle.staffContext });
  }

  ipcMain.handle('autamedica:connect', async (event, name: unknown, request: unknown) => {
    const frame = event.senderFrame;
    const window = windows.of(event.sender);
    if (!window || !frame || !isOurFrame(frame, event.sender, windows, pages)) throw new Error(texts.noHost);
    const { port1, port2 } = new MessageChannelMain();
    try {
      await attach(name, window, port1);
    } catch (error) {
      port1.close();
      throw error;
    }
    port1.start();
    frame.postMessage('autamedica:port', String(request), [port2]);
  });
}
