/** Figures as people read them: medians, percentiles and tables with ratios to a reference of the same run. */

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (value === undefined) throw new Error('No values were measured');
  return value;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function ratio(value: number, reference: number): string {
  return `${(value / reference).toFixed(2)} ×`;
}

export function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  const text = [title, line(head), ...rows.map(line), ''].join('\n');
  process.stdout.write(`${text}\n`);
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} KB`;
}
