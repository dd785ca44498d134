/** Follows a chain of audit lines from its first entry and names the first that is not as it was written, or not in its place. */
import type { AuditVerdict } from '../../../shared/contract/audit.ts';
import { type Head, noHead, readEntry, readHead } from './chain.ts';
import { restoreEvent } from './fact.ts';

type Fault = NonNullable<AuditVerdict['fault']>;

export class ChainVerifier {
  readonly #publicKey: string;
  readonly #end: Head | undefined;
  #last: Head = noHead;
  /** Up to here a signature stands for the entries. */
  #signed: Head = noHead;
  #signedHeads = 0;
  readonly #restored: AuditVerdict['restored'] = [];
  #fault: Fault | undefined;
  /** The number that did not come, while it may still come later or not at all. */
  #awaited: number | undefined;
  #cameLater = false;

  /** @param end where the chain must end, as a signature says. */
  constructor(publicKey: string, end?: Head) {
    this.#publicKey = publicKey;
    this.#end = end;
  }

  /** @param whole false for a line that breaks off at the end of its file. */
  add(line: string, whole = true): void {
    if (this.#fault !== undefined) this.#lookForAwaited(line);
    else if (line.startsWith('{"head":')) this.#addHead(line, whole);
    else this.#addEntry(line, whole);
  }

  end(): AuditVerdict {
    this.#fault ??= this.#faultAtEnd();
    if (this.#fault?.kind === 'missing' && !this.#cameLater) {
      this.#fault = truncated(this.#last.number);
    }
    return {
      sound: this.#fault === undefined,
      entries: this.#last.number,
      signedHeads: this.#signedHeads,
      head: this.#last,
      restored: this.#restored,
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
    };
  }

  get #next(): number {
    return this.#last.number + 1;
  }

  #addEntry(line: string, whole: boolean): void {
    const read = readEntry(line);
    if (read === undefined && !whole) {
      this.#fault = truncated(this.#last.number);
      return;
    }
    if (read === undefined || read.hash !== read.ownHash) {
      this.#fault = changed(this.#next);
      return;
    }
    const { entry, hash } = read;
    if (entry.number !== this.#next) {
      this.#outOfPlace(entry.number);
      this.#cameLater = true;
      return;
    }
    if (entry.previous !== this.#last.hash) {
      // It holds another hash of the entry before it than that one has: both were whole, so the one before was exchanged.
      this.#fault = changed(Math.max(1, this.#last.number));
      return;
    }
    this.#last = { number: entry.number, hash };
    if (entry.event !== restoreEvent) return;
    const { number, replaced } = entry;
    this.#restored.push({ number, ...(replaced === undefined ? {} : { replaced }) });
  }

  #addHead(line: string, whole: boolean): void {
    const read = readHead(line, this.#publicKey);
    if (read === undefined && !whole) {
      this.#fault = truncated(this.#last.number);
      return;
    }
    if (read === undefined || !read.signed) {
      this.#fault = {
        kind: 'forged-head',
        number: read?.head.number ?? this.#last.number,
        message: `The signature after entry ${this.#last.number} is not the clinic's.`,
      };
      return;
    }
    if (read.head.number !== this.#last.number) {
      this.#outOfPlace(read.head.number);
      return;
    }
    if (!this.#stands(read.head)) return;
    this.#signed = read.head;
    this.#signedHeads += 1;
  }

  /** Whether the chain has come to where a signature says. */
  #stands(head: Head): boolean {
    if (head.hash === this.#last.hash) return true;
    const from = this.#signed.number + 1;
    this.#fault = {
      kind: 'changed',
      number: from,
      ...(head.number > from ? { until: head.number } : {}),
      message: `One of the entries ${from} to ${head.number} was changed, and those after it were chained anew: the clinic's signature is for others.`,
    };
    return false;
  }

  #outOfPlace(number: number): void {
    if (number < this.#next) {
      this.#fault = {
        kind: 'reordered',
        number: this.#next,
        message: `Where entry ${this.#next} belongs there is ${number} again.`,
      };
      return;
    }
    this.#awaited = this.#next;
    this.#fault = {
      kind: 'missing',
      number: this.#next,
      message: `Entry ${this.#next} is missing: after ${this.#last.number} comes ${number}.`,
    };
  }

  #lookForAwaited(line: string): void {
    if (this.#awaited === undefined) return;
    const entry = readEntry(line)?.entry;
    if (entry === undefined) return;
    this.#cameLater = true;
    if (entry.number !== this.#awaited) return;
    this.#fault = {
      kind: 'reordered',
      number: this.#awaited,
      message: `Entry ${this.#awaited} is not in its place: others come before it.`,
    };
    this.#awaited = undefined;
  }

  #faultAtEnd(): Fault | undefined {
    if (this.#end === undefined) return undefined;
    if (this.#last.number < this.#end.number) return truncated(this.#last.number);
    if (this.#last.number > this.#end.number) {
      return {
        kind: 'added',
        number: this.#end.number + 1,
        message: `Entry ${this.#end.number + 1} was added after the signature.`,
      };
    }
    this.#stands(this.#end);
    return this.#fault;
  }
}

function changed(number: number): Fault {
  return { kind: 'changed', number, message: `Entry ${number} was changed.` };
}

function truncated(last: number): Fault {
  return {
    kind: 'truncated',
    number: last + 1,
    message: `The end was cut off: the entries from ${last + 1} on are missing, and a signature says that they were there.`,
  };
}
