/** The desktop app's entry. */
import { join } from 'node:path';
import { config as readEnvironmentFile } from 'dotenv';
import { startDesktop } from './desktop/desktop.ts';

readEnvironmentFile({ quiet: true });

startDesktop({
  environment: process.env,
  parameters: process.argv.slice(1),
  builtApp: join(import.meta.dirname, '..'),
});
