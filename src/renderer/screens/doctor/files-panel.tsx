/** Every file of the consultation in one list, and those on their way. */
import { FileText, Paperclip } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ChatSnapshot } from '../../chat/chat.ts';
import { Button } from '../../components/button.tsx';
import { firstNameOf } from '../../components/names.ts';
import { Attach } from '../call/attach.tsx';
import type { ChatViewProps } from '../call/chat-view.tsx';
import { type FileActions, FileLine, UploadLine } from '../call/file-line.tsx';
import '../../components/styles/chat.css';

export type FilesPanelProps = FileActions &
  Pick<ChatViewProps, 'chat' | 'uploads' | 'onFiles' | 'onRetryUpload' | 'onCancelUpload' | 'problem'>;

/** The entries of a chat that are files. */
export function filesOf({ entries }: Pick<ChatSnapshot, 'entries'>) {
  return entries.flatMap(({ file, ...entry }) => (file ? [{ ...entry, file }] : []));
}

export function FilesPanel({
  chat,
  uploads,
  onFiles,
  onRetryUpload,
  onCancelUpload,
  problem,
  ...actions
}: FilesPanelProps) {
  const { t } = useTranslation();
  const there = filesOf(chat);
  return (
    <>
      <div className="panel__body">
        {chat.loaded && there.length + uploads.length === 0 ? (
          <div className="empty">
            <FileText />
            <p>{t('files.empty')}</p>
          </div>
        ) : null}
        <ul className="stack stack--12" aria-label={t('call.files')}>
          {there.map(({ key, file, name, delivery }) => (
            <li key={key}>
              <FileLine file={file} from={delivery ? t('chat.you') : firstNameOf(name ?? '')} {...actions} />
            </li>
          ))}
          {uploads.map((upload) => (
            <li key={upload.id}>
              <UploadLine upload={upload} onRetry={onRetryUpload} onCancel={onCancelUpload} />
            </li>
          ))}
        </ul>
      </div>
      <div className="panel__foot">
        {problem ? (
          <p className="small danger" role="alert">
            {problem}
          </p>
        ) : null}
        <Attach onFiles={onFiles}>
          {(pick) => (
            <Button wide icon={Paperclip} onClick={pick}>
              {t('files.add')}
            </Button>
          )}
        </Attach>
      </div>
    </>
  );
}
