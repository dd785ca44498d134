/** The addresses of the contract: which methods each takes, for honest 404 and 405 answers. */
import type { AnyContractRouter } from '@orpc/contract';
import { isContractProcedure } from '@orpc/contract';

export interface ContractRoute {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
}

/** Every operation of a contract with its route. */
export function contractRoutes(router: AnyContractRouter, prefix: readonly string[] = []): ContractRoute[] {
  if (isContractProcedure(router)) {
    const { method, path } = router['~orpc'].route;
    return method && path ? [{ operation: prefix.join('.'), method, path }] : [];
  }
  return Object.entries(router).flatMap(([name, part]) => contractRoutes(part, [...prefix, name]));
}

/** Methods an address takes; none for an unknown one. */
export function allowedMethods(router: AnyContractRouter, address: string): string[] {
  return contractRoutes(router)
    .filter(({ path }) => toPattern(path).test(address))
    .map(({ method }) => method);
}

const patterns = new Map<string, RegExp>();

function toPattern(path: string): RegExp {
  let pattern = patterns.get(path);
  if (pattern === undefined) {
    pattern = new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`);
    patterns.set(path, pattern);
  }
  return pattern;
}
