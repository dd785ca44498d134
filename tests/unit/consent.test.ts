import { describe, expect, test } from 'vitest';
import {
  type ConsentAct,
  type ConsentEntry,
  type ConsentPurpose,
  consentVersions,
  hasAgreedToTerms,
  observerConsent,
} from '../../src/shared/consent/consent.ts';
import { recordingConsent } from '../../src/shared/consent/recording.ts';

/** A ledger from lines like "doctor asked" or "elena agreed lucia". */
function ledgerOf(purpose: ConsentPurpose, ...lines: string[]): ConsentEntry[] {
  return lines.map((line, number) => {
    const [identity = '', act = '', subject] = line.split(' ');
    const version = consentVersions[purpose];
    return { number, purpose, act: act as ConsentAct, identity, subject, version, at: '' };
  });
}

describe('recording', () => {
  const verdict = (present: string[], ...lines: string[]) =>
    recordingConsent(ledgerOf('recording', ...lines), present)?.verdict;
  const both = ['doctor', 'elena'];
  const asked = ['doctor asked', 'doctor agreed'];

  test.each<[string, string | undefined, string[], string[]]>([
    ['is nothing before anybody was asked', undefined, both, []],
    ['does not begin while somebody has not answered', 'pause', both, asked],
    ['begins once everybody present has agreed', 'run', both, [...asked, 'elena agreed']],
    [
      'pauses when somebody comes who has not answered',
      'pause',
      [...both, 'lucia'],
      [...asked, 'elena agreed'],
    ],
    ['goes on once they agree', 'run', [...both, 'lucia'], [...asked, 'elena agreed', 'lucia agreed']],
    ['does not wait for who has left', 'run', ['doctor'], asked],
    ['does not run when nobody is there', 'pause', [], [...asked, 'elena agreed']],
    ['stops when somebody declines', 'stop', both, [...asked, 'elena declined']],
    ['stops when somebody withdraws', 'stop', both, [...asked, 'elena agreed', 'elena withdrawn']],
    [
      'stays stopped when who withdrew has left',
      'stop',
      ['doctor'],
      [...asked, 'elena agreed', 'elena withdrawn'],
    ],
    ['is not begun by agreeing after a no', 'stop', both, [...asked, 'elena declined', 'elena agreed']],
    ['is asked anew of everybody', 'pause', both, [...asked, 'elena agreed', 'elena withdrawn', ...asked]],
    [
      'begins again after a new question',
      'run',
      both,
      [...asked, 'elena declined', ...asked, 'elena agreed'],
    ],
  ])('%s', (_sentence, expected, present, lines) => {
    expect(verdict(present, ...lines)).toBe(expected);
  });

  test('says where everybody present stands', () => {
    const ledger = ledgerOf('recording', ...asked, 'elena declined');
    expect(recordingConsent(ledger, ['doctor', 'elena', 'lucia'])?.answers).toEqual([
      { identity: 'doctor', answer: 'agreed' },
      { identity: 'elena', answer: 'declined' },
      { identity: 'lucia', answer: 'pending' },
    ]);
  });

  test('is not mixed up with other purposes', () => {
    const ledger = [...ledgerOf('recording', ...asked), ...ledgerOf('observer', 'elena agreed lucia')];
    expect(recordingConsent(ledger, both)?.verdict).toBe('pause');
  });
});

describe('an observer', () => {
  const answer = (...lines: string[]) => observerConsent(ledgerOf('observer', ...lines), 'elena', 'lucia');

  test('stands by the last word of the patient, about this observer', () => {
    expect(answer()).toBe('pending');
    expect(answer('elena agreed lucia')).toBe('agreed');
    expect(answer('elena agreed lucia', 'elena withdrawn lucia')).toBe('withdrawn');
    expect(answer('elena declined lucia', 'elena agreed lucia')).toBe('agreed');
    expect(answer('elena agreed pedro')).toBe('pending');
  });

  test('is not let in by somebody else’s word', () => {
    expect(answer('lucia agreed lucia', 'doctor agreed lucia')).toBe('pending');
  });
});

test('terms that were agreed to in other words are not the terms of now', () => {
  const [entry] = ledgerOf('terms', 'elena agreed');
  if (entry === undefined) throw new Error('no entry');
  expect(hasAgreedToTerms([entry], 'elena')).toBe(true);
  expect(hasAgreedToTerms([{ ...entry, version: '2020-01' }], 'elena')).toBe(false);
  expect(hasAgreedToTerms([entry], 'lucia')).toBe(false);
});
