/**
 * Starts one of the project's commands: `node scripts/run.mjs start`.
 * The commands are TypeScript, which Node runs by itself from 22.18 on; this file is plain JavaScript so that an older
 * Node can say what to do instead of failing on the first type.
 */
const [major, minor] = process.versions.node.split('.').map(Number);
const command = process.argv[2];

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Node ${process.versions.node} cannot run these commands; they need 22.18 or newer.\n` +
      'On Linux x64, "npm ci" (without --omit=optional) brings one for them. Elsewhere install Node 24, for example:\n' +
      '  macOS:    brew install node@24 && brew link --overwrite node@24\n' +
      '  Windows:  winget install OpenJS.NodeJS.LTS\n' +
      '  any:      npx --yes node@24 scripts/run.mjs ' +
      `${command ?? 'start'}\n`,
  );
  process.exit(1);
}

if (!/^[a-z]+(-[a-z]+)*$/.test(command ?? '')) {
  process.stderr.write(
    'Usage: node scripts/run.mjs <start|host|build|test|test-services|bench|package> [options]\n',
  );
  process.exit(2);
}

await import(`./${command}.ts`);
