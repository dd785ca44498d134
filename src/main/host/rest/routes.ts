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

interface AddressPattern {
  readonly method: string;
  readonly pattern: RegExp;
}

/** Walking a contract costs more than many an operation: once each. */
const patterns = new WeakMap<object, readonly AddressPattern[]>();

/** Methods an address takes; none for an unknown one. */
export function allowedMethods(router: AnyContractRouter, address: string): string[] {
  let known = patterns.get(router);
  if (known === undefined) {
    known = contractRoutes(router).map(({ method, path }) => ({
      method,
      pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
    }));
    patterns.set(router, known);
  }
  return known.filter(({ pattern }) => pattern.test(address)).map(({ method }) => method);
}
