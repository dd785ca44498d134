/** The versions of the notes: who wrote when, the text of one, and bringing it back. */
import { RotateCcw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { Dialog } from '../../components/dialog.tsx';
import { formatDay, formatTime } from '../../components/format.ts';

export interface NoteVersionView {
  readonly version: number;
  /** ms since the epoch. */
  readonly savedAt: number;
  readonly author: string;
  readonly aside: boolean;
}

export interface NotesHistoryProps {
  /** Newest first; undefined while they are fetched. */
  readonly versions: readonly NoteVersionView[] | undefined;
  readonly open: { readonly version: number; readonly text: string } | undefined;
  readonly problem?: string | undefined;
  /** Over the dark call. */
  readonly stage?: boolean;
  readonly onOpen: (version: number) => void;
  readonly onRestore: () => void;
  readonly onClose: () => void;
}

export function NotesHistory(props: NotesHistoryProps) {
  const { t, i18n } = useTranslation();
  const newest = props.versions?.find(({ aside }) => !aside)?.version;
  return (
    <Dialog
      wide
      stage={props.stage ?? false}
      title={t('notes.historyTitle')}
      description={t('notes.historyText')}
      onClose={props.onClose}
      foot={
        <>
          <Button className="push" onClick={props.onClose}>
            {t('common.close')}
          </Button>
          <Button
            look="primary"
            icon={RotateCcw}
            disabled={props.open === undefined || props.open.version === newest}
            onClick={props.onRestore}
          >
            {t('notes.restore')}
          </Button>
        </>
      }
    >
      {props.problem ? <p role="alert">{props.problem}</p> : null}
      {props.versions === undefined ? (
        props.problem ? null : (
          <p className="muted" role="status">
            {t('notes.loading')}
          </p>
        )
      ) : props.versions.length === 0 ? (
        <p className="muted">{t('notes.historyEmpty')}</p>
      ) : (
        <div className="versions">
          <ul className="versions__list">
            {props.versions.map(({ version, savedAt, author, aside }) => (
              <li key={version}>
                <button
                  type="button"
                  className={classes(
                    'versions__one',
                    props.open?.version === version && 'versions__one--open',
                  )}
                  aria-pressed={props.open?.version === version}
                  onClick={() => props.onOpen(version)}
                >
                  <span className="strong number">{formatTime(new Date(savedAt), i18n.language)}</span>
                  <span className="small muted">
                    {formatDay(new Date(savedAt), i18n.language)}. {author}
                  </span>
                  {version === newest ? <span className="small">{t('notes.current')}</span> : null}
                  {aside ? <span className="small">{t('notes.aside')}</span> : null}
                </button>
              </li>
            ))}
          </ul>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls, so the keyboard must reach it */}
          <section className="versions__text" tabIndex={0} aria-label={t('notes.versionText')}>
            {props.open ? props.open.text || t('notes.otherEmpty') : t('notes.choose')}
          </section>
        </div>
      )}
    </Dialog>
  );
}
