/** Serves the gallery of screens, which exists in development only, for the tests that look at it. */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { createServer } from 'vite';
import { contractPlugin } from '../../scripts/contract-plugin.ts';

export interface GalleryServer {
  readonly origin: string;
  close(): Promise<void>;
}

export async function serveGallery(): Promise<GalleryServer> {
  const server = await createServer({
    configFile: false,
    root: fileURLToPath(new URL('../../src/renderer', import.meta.url)),
    cacheDir: fileURLToPath(new URL('../../.cache/vite-gallery', import.meta.url)),
    plugins: [react(), contractPlugin()],
    css: { transformer: 'lightningcss' },
    // Known from the start, so that the first page is not loaded anew for each one found later.
    optimizeDeps: {
      include: [
        'react',
        'react-dom',
        'react-dom/client',
        'react/jsx-dev-runtime',
        'react-i18next',
        'i18next',
        'lucide-react',
        'radix-ui',
        'qrcode.react',
      ],
    },
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    logLevel: 'error',
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === 'string') throw new Error('The gallery is not served.');
  return { origin: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
