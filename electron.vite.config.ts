import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { contractPlugin } from './scripts/contract-plugin.ts';
import { absoluteAddresses, precompress } from './scripts/web-page-plugins.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Electron before version 28 has no global web crypto in its main process, and none can load an ES module there.
 * The banner gives both runtimes the same ground; the host itself detects features, never versions.
 */
const mainBanner = "globalThis.crypto ??= require('node:crypto').webcrypto;";

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node18',
      sourcemap: true,
      externalizeDeps: false,
      // Read from the disk, not over a network: its size is no warning.
      chunkSizeWarningLimit: 4_000,
      rolldownOptions: {
        input: { index: at('src/main/index.ts'), headless: at('src/main/headless.ts') },
        external: ['electron', 'libsql', 'libsql/promise'],
        output: {
          format: 'cjs',
          entryFileNames: '[name].cjs',
          chunkFileNames: '[name]-[hash].cjs',
          banner: mainBanner,
        },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      target: 'node18',
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: at('src/preload/index.ts') },
        external: ['electron'],
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src/renderer'),
    plugins: [react(), contractPlugin(), absoluteAddresses(), precompress()],
    build: {
      outDir: at('out/renderer'),
      // Newest syntax that Safari 15.4 and Chrome 114 have; styles are compiled for the browsers themselves.
      target: 'es2021',
      minify: 'oxc',
      cssTarget: ['chrome114', 'safari15.4', 'firefox115'],
      cssMinify: 'lightningcss',
      // The largest piece is livekit-client, which loads while the patient waits.
      chunkSizeWarningLimit: 800,
      rolldownOptions: { input: { index: at('src/renderer/index.html') } },
    },
    css: { transformer: 'lightningcss' },
  },
});
