/** The host without the desktop: for servers, and for computers without a display. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { config as readEnvironmentFile } from 'dotenv';
import { runCommand, UsageError } from './host/commands.ts';
import { ConfigError, loadConfig } from './host/runtime/config.ts';

/** Exit codes, after sysexits.h: what a service manager sees. */
const failedToStart = 1;
const badUsage = 64;
const badConfiguration = 78;
/** A second signal this long after the first one does not wait for a graceful stop. */
const impatienceMs = 1_000;

async function run(): Promise<void> {
  readEnvironmentFile({ quiet: true });
  const builtPages = join(import.meta.dirname, '../renderer');
  const config = loadConfig(process.env, {
    webRoot: existsSync(join(builtPages, 'index.html')) ? builtPages : undefined,
  });
  const parameters = process.argv.slice(2);
  if (parameters.length > 0) {
    process.stdout.write(await runCommand(parameters, config));
    return;
  }
  // A command needs a small part of what a host is made of.
  const { startHost } = await import('./host/host.ts');
  const host = await startHost(config);
  let stoppingSince: number | undefined;
  const stop = () => {
    if (stoppingSince !== undefined) {
      // npm passes on a Ctrl-C that the terminal has already delivered, so only a later one is a person's.
      if (Date.now() - stoppingSince > impatienceMs) process.exit(130);
      return;
    }
    stoppingSince = Date.now();
    host.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error, failedToStart),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Last, because who reads it may stop the program at once.
  process.stdout.write(`\n  AutaMedica Consultas: ${host.url}\n  Ctrl-C stops it.\n\n`);
}

function fail(error: unknown, code: number): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(code);
}

run().catch((error: unknown) => {
  if (error instanceof UsageError) fail(error, badUsage);
  else fail(error, error instanceof ConfigError ? badConfiguration : failedToStart);
});
