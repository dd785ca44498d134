/** Consent as a ledger of what people were asked and answered; entries are only ever added, and the last word of a person counts. */

/** `terms`: the conditions on entering; `observer`: the patient about one observer; `recording`: everybody present. */
export const consentPurposes = ['terms', 'observer', 'recording'] as const;
export type ConsentPurpose = (typeof consentPurposes)[number];

/** `asked` opens a question to everybody; the others are one person's answers. */
export const consentActs = ['asked', 'agreed', 'declined', 'withdrawn'] as const;
export type ConsentAct = (typeof consentActs)[number];

/** Where somebody stands who is asked; `pending` has not answered. */
export const consentAnswers = ['pending', 'agreed', 'declined', 'withdrawn'] as const;
export type ConsentAnswer = (typeof consentAnswers)[number];

/** The texts that are shown now. Changing the words of one gives it a new version, so that a receipt says what was agreed to. */
export const consentVersions: Readonly<Record<ConsentPurpose, string>> = {
  terms: '2026-11',
  observer: '2026-11',
  recording: '2026-11',
};

export interface ConsentEntry {
  /** Grows by the order in which the host wrote them down. */
  readonly number: number;
  readonly purpose: ConsentPurpose;
  readonly act: ConsentAct;
  /** Who asked or answered. */
  readonly identity: string;
  /** The observer an answer is about. */
  readonly subject?: string | undefined;
  /** The observer's name as the patient read it. */
  readonly subjectName?: string | undefined;
  /** Of the text that was shown. */
  readonly version: string;
  /** ISO 8601. */
  readonly at: string;
}

/** The conditions of entering, as they are now. */
export function hasAgreedToTerms(ledger: readonly ConsentEntry[], identity: string): boolean {
  const last = ledger.findLast((entry) => entry.purpose === 'terms' && entry.identity === identity);
  return last?.act === 'agreed' && last.version === consentVersions.terms;
}

/** What the patient last said of one observer. Only `agreed` lets the observer in. */
export function observerConsent(
  ledger: readonly ConsentEntry[],
  patient: string,
  observer: string,
): ConsentAnswer {
  const last = ledger.findLast(
    (entry) => entry.purpose === 'observer' && entry.identity === patient && entry.subject === observer,
  );
  return last === undefined || last.act === 'asked' ? 'pending' : last.act;
}
