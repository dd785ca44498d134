/** Text as people search for it: without accents, case and double spaces. */

/** "María  de los Ángeles Núñez" becomes "maria de los angeles nunez". SQLite alone folds only the letters a to z. */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();
}
