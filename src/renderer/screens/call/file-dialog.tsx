/** A picture or a PDF of the consultation, shown over the call. The address leads to a blob that we have typed ourselves. */
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MessageFile } from '../../../shared/signaling/chat.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';

export interface FileDialogProps {
  readonly file: MessageFile;
  readonly address: string;
  readonly onSave: () => void;
  readonly onClose: () => void;
}

export function FileDialog({ file, address, onSave, onClose }: FileDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      stage
      wide
      title={file.name}
      onClose={onClose}
      foot={
        <Button className="push" icon={Download} onClick={onSave}>
          {t('files.saveHere')}
        </Button>
      }
    >
      {file.type === 'application/pdf' ? (
        <iframe className="file-dialog__page" src={address} title={file.name} />
      ) : (
        <img className="file-dialog__picture" src={address} alt={file.name} />
      )}
    </Dialog>
  );
}
