/** An address read without exceptions; older runtimes have no URL.canParse. */
export function readUrl(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}
