/** A file as it is offered: what it is called, how large it is, and what can be done with it. */
import { Download, Eye, FileImage, FileText, LoaderCircle, RotateCw, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MessageFile } from '../../../shared/signaling/chat.ts';
import { canBeShown } from '../../chat/file-transfer.ts';
import type { UploadView } from '../../chat/uploads.ts';
import { IconButton } from '../../components/button.tsx';
import { formatBytes } from '../../components/format.ts';

export interface FileActions {
  /** Being fetched now. */
  readonly busy: ReadonlySet<string>;
  readonly onSave: (file: MessageFile) => void;
  readonly onShow: (file: MessageFile) => void;
  /** Whether this window can show a PDF by itself. */
  readonly showsPdf: boolean;
}

export interface FileLineProps extends FileActions {
  readonly file: MessageFile;
  /** Under the name, before the size. */
  readonly from?: string | undefined;
  /** Larger targets, for patients. */
  readonly touch?: boolean | undefined;
}

function Icon({ type }: { readonly type: string }) {
  return type.startsWith('image/') ? <FileImage /> : <FileText />;
}

export function FileLine({ file, from, touch = false, busy, onSave, onShow, showsPdf }: FileLineProps) {
  const { t, i18n } = useTranslation();
  const size = formatBytes(file.size, i18n.language);
  const shown = canBeShown(file.type) && (file.type !== 'application/pdf' || showsPdf);
  return (
    <div className="file-line">
      <Icon type={file.type} />
      <div className="file-line__words">
        <bdi className="strong">{file.name}</bdi>
        <span className="muted number">{from ? t('files.fromSize', { name: from, size }) : size}</span>
      </div>
      {shown ? (
        <IconButton
          small={!touch}
          icon={Eye}
          label={t('files.show', { name: file.name })}
          onClick={() => onShow(file)}
        />
      ) : null}
      <IconButton
        small={!touch}
        icon={busy.has(file.fileId) ? LoaderCircle : Download}
        label={t('files.save', { name: file.name })}
        onClick={() => onSave(file)}
      />
    </div>
  );
}

const problems: Readonly<Partial<Record<NonNullable<UploadView['problem']>, string>>> = {
  FILE_TOO_LARGE: 'files.tooLarge',
  FILE_TYPE_NOT_ALLOWED: 'files.notAllowed',
  FILES_FULL: 'files.full',
};

/** Refusals that another attempt with the same file cannot change. */
const hopeless: ReadonlySet<string> = new Set(Object.keys(problems));

export interface UploadLineProps {
  readonly upload: UploadView;
  readonly touch?: boolean | undefined;
  readonly onRetry: (id: string) => void;
  readonly onCancel: (id: string) => void;
}

export function UploadLine({ upload, touch = false, onRetry, onCancel }: UploadLineProps) {
  const { t, i18n } = useTranslation();
  const { id, name, size, received, state, problem } = upload;
  const percent = Math.floor((received / Math.max(1, size)) * 100);
  const limit = (upload.details as { maxBytes?: number } | undefined)?.maxBytes;
  const words =
    state === 'failed'
      ? t((problem && problems[problem]) ?? 'files.failed', {
          size: limit === undefined ? '' : formatBytes(limit, i18n.language),
        })
      : t(state === 'sending' ? 'files.sending' : 'files.waiting', { percent });
  return (
    <div className="file-line" {...(state === 'failed' ? { role: 'alert' } : {})}>
      <FileText />
      <div className="file-line__words">
        <bdi className="strong">{name}</bdi>
        <span className={state === 'failed' ? 'danger' : state === 'waiting' ? 'warn' : 'muted number'}>
          {words}
        </span>
        {state === 'failed' ? null : (
          <progress
            className="file-line__progress"
            max={100}
            value={percent}
            aria-label={t('files.progress', { name })}
          />
        )}
      </div>
      {state === 'failed' && !(problem && hopeless.has(problem)) ? (
        <IconButton
          small={!touch}
          icon={RotateCw}
          label={t('files.retry', { name })}
          onClick={() => onRetry(id)}
        />
      ) : null}
      <IconButton
        small={!touch}
        icon={X}
        label={t(state === 'failed' ? 'files.dismiss' : 'files.cancel', { name })}
        onClick={() => onCancel(id)}
      />
    </div>
  );
}
