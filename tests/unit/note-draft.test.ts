/** Notes while they are written, on a clock and a host of the test's own. */
import { describe, expect, test } from 'vitest';
import { NoteDraft } from '../../src/renderer/app/notes/note-draft.ts';
import { unite } from '../../src/renderer/app/notes/unite.ts';
import { HostUnreachable } from '../../src/renderer/host-client/host-client.ts';
import { CatalogueError } from '../../src/shared/contract/errors.ts';
import type { Note } from '../../src/shared/contract/notes.ts';

class FakeClock {
  time = 0;
  #due: { at: number; run: () => void }[] = [];

  now = () => this.time;
  after = (milliseconds: number, run: () => void) => {
    const entry = { at: this.time + milliseconds, run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  };

  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      const [next] = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.time = next.at;
      next.run();
      await settled();
    }
    this.time = end;
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** As the host decides, without its history. */
function fakeHost(clock: FakeClock) {
  let standing = { version: 0, text: '', editor: '' };
  const host = {
    failure: undefined as Error | undefined,
    saves: [] as { text: string; at: number }[],
    aside: [] as string[],
    note: (): Note => ({
      version: standing.version,
      text: standing.text,
      savedAt: '2026-01-01T10:32:00.000Z',
    }),
    save: async ({ text, basedOn, editor }: { text: string; basedOn: number; editor: string }) => {
      if (host.failure) throw host.failure;
      host.saves.push({ text, at: clock.time });
      if (basedOn !== standing.version && standing.editor !== editor && standing.text !== text) {
        host.aside.push(text);
        throw new CatalogueError('NOTES_CONFLICT', { current: host.note(), keptAs: 0 });
      }
      standing = { version: standing.version + 1, text, editor };
      return host.note();
    },
  };
  return host;
}

async function begin(text = '') {
  const clock = new FakeClock();
  const host = fakeHost(clock);
  if (text) await host.save({ text, basedOn: 0, editor: 'other' });
  host.saves.length = 0;
  const draft = new NoteDraft({ load: async () => host.note(), save: host.save, editor: 'mine', clock });
  await draft.load();
  return { clock, host, draft };
}

describe('while somebody writes', () => {
  test('a pause saves, and says when', async () => {
    const { clock, host, draft } = await begin('Antes.');
    expect(draft.snapshot()).toMatchObject({ loaded: true, text: 'Antes.', version: 1 });
    draft.write('Antes. Ahora.');
    expect(draft.snapshot().saving).toEqual({ name: 'saving' });
    await clock.pass(400);
    expect(host.note().text).toBe('Antes. Ahora.');
    expect(draft.snapshot().saving).toEqual({ name: 'saved', at: Date.parse('2026-01-01T10:32:00Z') });
  });

  test('typing without a pause is never unsaved for a second', async () => {
    const { clock, host, draft } = await begin();
    let text = '';
    for (let key = 0; key < 100; key += 1) {
      text += 'a';
      draft.write(text);
      await clock.pass(100);
      // What a window that is killed now would lose.
      const lost = (text.length - host.note().text.length) * 100;
      expect(lost).toBeLessThan(1_000);
    }
    await clock.pass(400);
    expect(host.note().text).toBe(text);
    expect(host.saves.length).toBeLessThan(20);
  });

  test('what is typed while a save is on its way is sent after it', async () => {
    const { clock, host, draft } = await begin();
    draft.write('uno');
    const sending = draft.flush();
    draft.write('uno dos');
    await sending;
    expect(draft.snapshot().saving).toEqual({ name: 'saving' });
    await clock.pass(400);
    expect(host.saves.map((save) => save.text)).toEqual(['uno', 'uno dos']);
  });

  test('nothing is sent when nothing was changed, or was changed back', async () => {
    const { clock, host, draft } = await begin('igual');
    draft.write('igual');
    await draft.flush();
    draft.write('otro');
    draft.write('igual');
    await clock.pass(5_000);
    expect(host.saves).toEqual([]);
    expect(draft.snapshot().saving.name).toBe('saved');
  });

  test('closing sends at once', async () => {
    const { host, draft } = await begin();
    draft.write('lo último');
    await draft.close();
    expect(host.note().text).toBe('lo último');
  });
});

describe('without the host', () => {
  test('the text stays, says that it is unsaved, and is sent when the host is back', async () => {
    const { clock, host, draft } = await begin();
    host.failure = new HostUnreachable();
    draft.write('sin red');
    await clock.pass(60_000);
    draft.write('sin red, y más');
    await clock.pass(1_000);
    expect(draft.snapshot()).toMatchObject({
      text: 'sin red, y más',
      saving: { name: 'failing', reason: 'unreachable' },
    });
    host.failure = undefined;
    await clock.pass(2_000);
    expect(host.note().text).toBe('sin red, y más');
    expect(draft.snapshot().saving.name).toBe('saved');
  });

  test('a full disk is told apart', async () => {
    const { clock, host, draft } = await begin();
    host.failure = new CatalogueError('STORAGE_FULL');
    draft.write('a');
    await clock.pass(400);
    expect(draft.snapshot().saving).toEqual({ name: 'failing', reason: 'full' });
  });
});

describe('when another window has saved', () => {
  async function conflicted() {
    const begun = await begin('Cefalea.');
    begun.draft.write('Cefalea.\nMío.');
    await begun.host.save({ text: 'Cefalea.\nAjeno.', basedOn: 1, editor: 'other' });
    await begun.clock.pass(400);
    expect(begun.draft.snapshot().conflict).toMatchObject({ version: 2, text: 'Cefalea.\nAjeno.' });
    expect(begun.draft.snapshot().text).toBe('Cefalea.\nMío.');
    return begun;
  }

  test('writing goes on, and is kept aside', async () => {
    const { clock, host, draft } = await conflicted();
    draft.write('Cefalea.\nMío, y más.');
    await clock.pass(400);
    expect(host.aside.at(-1)).toBe('Cefalea.\nMío, y más.');
    expect(host.note().text).toBe('Cefalea.\nAjeno.');
  });

  test.each([
    ['both', 'Cefalea.\nAjeno.\nMío.'],
    ['mine', 'Cefalea.\nMío.'],
    ['theirs', 'Cefalea.\nAjeno.'],
  ] as const)('choosing %s ends it, and nothing is lost', async (choice, expected) => {
    const { host, draft } = await conflicted();
    await draft.resolve(choice);
    expect(draft.snapshot()).toMatchObject({ text: expected, conflict: undefined });
    expect(host.note().text).toBe(expected);
    expect(host.aside).toContain('Cefalea.\nMío.');
  });

  test('their text does not replace what the host could not take', async () => {
    const { host, draft } = await conflicted();
    draft.write('Cefalea.\nMío, sin guardar.');
    host.failure = new HostUnreachable();
    await draft.resolve('theirs');
    expect(draft.snapshot().text).toBe('Cefalea.\nMío, sin guardar.');
  });

  test('an untouched field takes their text over', async () => {
    const { host, draft } = await begin('uno');
    await host.save({ text: 'uno dos', basedOn: 1, editor: 'other' });
    await draft.load();
    expect(draft.snapshot()).toMatchObject({ text: 'uno dos', version: 2 });
  });
});

test.each([
  ['a\nb', 'a\nc', 'a\nb\nc'],
  ['a', 'a\nb', 'a\nb'],
  ['a\nb', 'a', 'a\nb'],
  ['', 'mío', '\nmío'],
  ['x\nfin', 'y\nfin', 'x\ny\nfin'],
  ['igual', 'igual', 'igual'],
])('%j and %j united are %j', (theirs, mine, expected) => {
  expect(unite(theirs, mine)).toBe(expected);
});
