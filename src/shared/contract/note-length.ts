/** How long notes may be; apart from the contract, which pages do not load. */

/** Characters: about ten pages. */
export const maxNoteLength = 20_000;
