/** Short forms of people's names. */

const particles = new Set(['de', 'del', 'la', 'las', 'los', 'y', 'dr', 'dra', 'lic', 'mr', 'mrs', 'ms']);

function meaningfulWords(name: string): string[] {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const kept = words.filter((word) => !particles.has(word.toLowerCase().replaceAll('.', '')));
  return kept.length > 0 ? kept : words;
}

/** One or two capitals: first and last meaningful word, without titles and particles. */
export function initialsOf(name: string): string {
  const words = meaningfulWords(name);
  const first = words[0] ?? '';
  const last = words.length > 1 ? (words.at(-1) ?? '') : '';
  return (Array.from(first).slice(0, 1).join('') + Array.from(last).slice(0, 1).join('')).toLocaleUpperCase();
}

/** How one addresses the person in a short sentence. */
export function firstNameOf(name: string): string {
  return meaningfulWords(name)[0] ?? name;
}
