/** The desktop app's entry. */
import { join } from 'node:path';
import { startDesktop } from './desktop/desktop.ts';

startDesktop({
  environment: process.env,
  parameters: process.argv.slice(1),
  builtApp: join(import.meta.dirname, '..'),
});
