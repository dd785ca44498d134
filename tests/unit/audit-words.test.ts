/** Whatever the audit log records of operations, the clinic's window has words for. */
import { type AnyContractRouter, isContractProcedure } from '@orpc/contract';
import { expect, test } from 'vitest';
import { eventWords } from '../../src/renderer/screens/clinic/audit-words.ts';
import { contract } from '../../src/shared/contract/contract.ts';
import type { OperationMeta } from '../../src/shared/contract/operation.ts';

function metas(part: AnyContractRouter): OperationMeta[] {
  return isContractProcedure(part)
    ? [part['~orpc'].meta as OperationMeta]
    : Object.values(part).flatMap(metas);
}

test('every operation that is recorded has words in the viewer', () => {
  const recorded = metas(contract).filter((meta) => meta.recorded !== 'never');
  expect(recorded.length).toBeGreaterThan(40);
  expect(recorded.map(({ audit }) => audit).filter((name) => !eventWords.has(name))).toEqual([]);
});
