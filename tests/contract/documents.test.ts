/** The tables that other programs are written from say what the code says: nothing is missing in them, and nothing is left over. */
import { readFileSync } from 'node:fs';
import type { AnyContractRouter } from '@orpc/contract';
import { isContractProcedure } from '@orpc/contract';
import { expect, test } from 'vitest';
import { loadConfig, settingNames } from '../../src/main/host/runtime/config.ts';
import { type Role, roles, staffRoles } from '../../src/shared/access/access.ts';
import { contract } from '../../src/shared/contract/contract.ts';
import { errorCatalogue } from '../../src/shared/contract/errors.ts';
import type { OperationMeta } from '../../src/shared/contract/operation.ts';
import { requestSchemas, roomEventSchema } from '../../src/shared/signaling/messages.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Lines of a section, from its heading to the next of the same level. */
function rowsBelow(document: string, heading: string): string[] {
  const section = document.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

function namesBelow(document: string, heading: string): string[] {
  return rowsBelow(document, heading).map((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? '');
}

function whoMay(allowed: readonly Role[]): string {
  if (roles.every((role) => allowed.includes(role))) return 'anyone';
  const staff = staffRoles.every((role) => allowed.includes(role));
  const others = allowed.filter((role) => !staff || !(staffRoles as readonly Role[]).includes(role));
  return [...(staff ? ['staff'] : []), ...others].join(', ');
}

function operationRows(router: AnyContractRouter): string[] {
  if (!isContractProcedure(router)) return Object.values(router).flatMap((part) => operationRows(part));
  const { route, meta } = router['~orpc'];
  const allowed = (meta as OperationMeta).roles;
  return [`| \`${route.method} ${route.path}\` | ${whoMay(allowed)} | ${route.summary} |`];
}

test('docs/rest.md has every operation, who may call it, and what it is', () => {
  expect(rowsBelow(read('docs/rest.md'), 'Requests').sort()).toEqual(operationRows(contract).sort());
});

test('docs/rest.md has every error, its status and its sentence', () => {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, message }]) => `| \`${code}\` | ${status} | ${message} |`,
  );
  expect(rowsBelow(read('docs/rest.md'), 'Errors').sort()).toEqual(rows.sort());
});

test('docs/protocol.md has every request of a participant', () => {
  expect(namesBelow(read('docs/protocol.md'), 'Requests').sort()).toEqual(Object.keys(requestSchemas).sort());
});

test('docs/protocol.md has every event of a room, and every other message of the host', () => {
  const types = roomEventSchema._zod.def.options.map(
    (option) => option._zod.def.shape.type._zod.def.values[0],
  );
  const others = ['event', 'signal', 'token', 'message', 'marks'];
  expect(namesBelow(read('docs/protocol.md'), 'What the host sends').sort()).toEqual(
    [...types, ...others].sort(),
  );
});

test('docs/protocol.md names no error that the catalogue does not have', () => {
  const named = [...read('docs/protocol.md').matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map(
    ([, code]) => code ?? '',
  );
  const known = [...Object.keys(errorCatalogue), 'GET', 'DELETE', 'CORS_ORIGIN'];
  expect(named.filter((code) => !known.includes(code))).toEqual([]);
});

test('README.es.md has the commands, links and pictures of README.md, in the same order', () => {
  const skeleton = (path: string) =>
    [...read(path).matchAll(/```[\s\S]*?```|\]\([^)]+\)|^#+|`(?:npm|https?:)[^`]*`/gm)].map(([part]) =>
      part.replace(/<(dirección|address)>/, '<…>').replace(/\(README(\.es)?\.md\)/, '(the other)'),
    );
  expect(skeleton('README.es.md')).toEqual(skeleton('README.md'));
});

test('.env.example has every setting of the host, and no other', () => {
  const named = [...read('.env.example').matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name ?? '');
  expect(named.sort()).toEqual([...settingNames].sort());
});

test('.env.example says what counts when nothing is set', () => {
  const given = [...read('.env.example').matchAll(/^([A-Z0-9_]+)=(.+)$/gm)].map(([, name, value]) => [
    name,
    value,
  ]);
  expect(loadConfig(Object.fromEntries(given))).toEqual({ ...loadConfig({}), livekit: expect.anything() });
});
