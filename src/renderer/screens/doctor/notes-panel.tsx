/** The clinical notes beside the call: a field, how safe what was typed is, and what to do when another window wrote too. */
import { History, Lock, TriangleAlert, Users } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { maxNoteLength } from '../../../shared/contract/note-length.ts';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { formatTime } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';

export type NoteSaving =
  | { readonly name: 'saved'; readonly at: number | undefined }
  | { readonly name: 'saving' }
  /** The host did not take it; it is tried again by itself. */
  | { readonly name: 'failing'; readonly reason: 'unreachable' | 'full' | 'refused' };

export interface NotesFieldProps {
  /** False until the notes were read from the host; writing waits for that, so that nothing is written over. */
  readonly loaded: boolean;
  readonly text: string;
  readonly saving: NoteSaving;
  /** The other window's text, and who wrote it. */
  readonly conflict?: { readonly text: string; readonly author: string } | undefined;
  readonly onWrite: (text: string) => void;
  /** The field is left: nothing should stay unsaved. */
  readonly onLeave: () => void;
  readonly onResolve: (choice: 'theirs' | 'mine' | 'both') => void;
  readonly onHistory: () => void;
}

const failing = {
  unreachable: 'notes.unreachable',
  full: 'notes.full',
  refused: 'notes.refused',
} as const;

function Saving({ saving, loaded }: Pick<NotesFieldProps, 'saving' | 'loaded'>) {
  const { t, i18n } = useTranslation();
  const words = () => {
    switch (saving.name) {
      case 'failing':
        return t(failing[saving.reason]);
      case 'saving':
        return t('notes.saving');
      case 'saved':
        if (!loaded) return t('notes.loading');
        return saving.at === undefined
          ? t('notes.empty')
          : t('notes.saved', { time: formatTime(new Date(saving.at), i18n.language) });
    }
  };
  return (
    <p className={classes('small', saving.name === 'failing' ? 'notes__failing' : 'muted')} role="status">
      {words()}
    </p>
  );
}

/** Their text stays beside one's own until somebody decides; whatever is chosen, both are in the history. */
function Conflict({
  conflict,
  onResolve,
}: {
  readonly conflict: NonNullable<NotesFieldProps['conflict']>;
  readonly onResolve: NotesFieldProps['onResolve'];
}) {
  const { t } = useTranslation();
  return (
    <section className="notes__conflict" aria-label={t('notes.conflictTitle')}>
      <Notice kind="warn" icon={TriangleAlert} live>
        <span className="strong">{t('notes.conflictTitle')}</span>{' '}
        {t('notes.conflictText', { author: conflict.author })}
      </Notice>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it */}
      <section className="notes__other" tabIndex={0} aria-label={t('notes.other')}>
        {conflict.text || t('notes.otherEmpty')}
      </section>
      <div className="notes__choices">
        <Button look="primary" size="small" icon={Users} onClick={() => onResolve('both')}>
          {t('notes.both')}
        </Button>
        <Button size="small" onClick={() => onResolve('mine')}>
          {t('notes.mine')}
        </Button>
        <Button size="small" onClick={() => onResolve('theirs')}>
          {t('notes.theirs')}
        </Button>
      </div>
    </section>
  );
}

/** The field with everything around it, for the panel and for the summary. */
export function NotesField(props: NotesFieldProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="notes">
      {props.conflict ? <Conflict conflict={props.conflict} onResolve={props.onResolve} /> : null}
      <label className="visually-hidden" htmlFor={id}>
        {t('notes.label')}
      </label>
      <textarea
        id={id}
        className="input notes__field"
        data-autofocus
        aria-describedby={`${id}-private`}
        placeholder={t('notes.placeholder')}
        maxLength={maxNoteLength}
        readOnly={!props.loaded}
        value={props.text}
        onChange={(event) => props.onWrite(event.target.value)}
        onBlur={props.onLeave}
      />
      <div className="notes__foot">
        <Saving saving={props.saving} loaded={props.loaded} />
        <Button look="quiet" size="small" icon={History} onClick={props.onHistory}>
          {t('notes.history')}
        </Button>
      </div>
      <p id={`${id}-private`} className="small muted notes__private">
        <Lock className="icon--small" aria-hidden="true" />
        {t('notes.private')}
      </p>
    </div>
  );
}

export function NotesPanel({ children }: { readonly children: ReactNode }) {
  return <div className="panel__body panel__body--notes">{children}</div>;
}
