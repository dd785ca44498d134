/** The contract without its schemas, made at build time: pages call operations without loading the validator. */
declare module 'virtual:autamedica-contract' {
  const contract: unknown;
  export default contract;
}
