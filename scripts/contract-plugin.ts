/** Vite plugin: gives pages the contract's routes without its schemas, so that they do not load the validator. */
import { minifyContractRouter } from '@orpc/contract';
import type { Plugin } from 'vite';
import { contract } from '../src/shared/contract/contract.ts';

const moduleName = 'virtual:autamedica-contract';

/** What a client needs of an operation: its method and path. Summaries, tags and roles stay at home. */
function onlyRoutes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('~orpc' in value)) return value;
  const { route } = value['~orpc'] as { route: { method?: string; path?: string } };
  return { '~orpc': { errorMap: {}, meta: {}, route: { method: route.method, path: route.path } } };
}

export function contractPlugin(): Plugin {
  const routes = JSON.stringify(minifyContractRouter(contract), onlyRoutes);
  return {
    name: 'autamedica-contract',
    resolveId: (id) => (id === moduleName ? `\0${moduleName}` : undefined),
    load: (id) => (id === `\0${moduleName}` ? `export default ${routes};` : undefined),
  };
}
