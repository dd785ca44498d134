/** A network that can be cut for some programs only: they run in a group of their own, whose packets the firewall drops. */
import { spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBrowser, findProgram } from '../../../scripts/parts/system.ts';

/** No group of a system has this number; it needs no entry anywhere. */
export const cutGroup = 54_321;
const table = `autamedica_bench_${process.pid}`;

function nft(rules: string): string | undefined {
  const result = spawnSync('nft', ['-f', '-'], { input: rules, encoding: 'utf8' });
  return result.status === 0 ? undefined : (result.stderr || String(result.error)).trim();
}

/** Why the network cannot be cut here; undefined when it can. */
export function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux can cut the network of some programs';
  if (process.getuid?.() !== 0) return 'cutting the network needs root';
  for (const name of ['nft', 'setpriv']) if (!findProgram(name)) return `${name} is not installed`;
  if (!findBrowser()) return 'no Chromium of this system was found';
  const refused = cut('udp');
  mend();
  return refused && `nftables refused: ${refused.split('\n')[0]}`;
}

/** A program that runs the browser in the group. */
export async function browserInGroup(folder: string): Promise<string> {
  const path = join(folder, 'browser-in-group');
  await writeFile(
    path,
    `#!/bin/sh\nexec setpriv --regid ${cutGroup} --clear-groups '${findBrowser()}' "$@"\n`,
  );
  await chmod(path, 0o755);
  return path;
}

/** From now on nothing of the group's media (`udp`), or nothing at all, arrives. Answers why it did not work. */
export function cut(what: 'udp' | 'all'): string | undefined {
  const matches = what === 'udp' ? 'meta l4proto udp' : '';
  return nft(`table inet ${table} {
    chain out {
      type filter hook output priority 0
      meta skgid ${cutGroup} ${matches} drop
    }
  }
  `);
}

/** Everything arrives again; nothing happens when nothing was cut. */
export function mend(): void {
  nft(`table inet ${table}\ndelete table inet ${table}\n`);
}
