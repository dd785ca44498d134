/** Which screen or window to share, where the system has no picker of its own. */
import { AppWindow, Monitor } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CaptureSource } from '../../../shared/contract/desktop.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Segmented } from '../../components/segmented.tsx';

export interface SourcePickerProps {
  /** Undefined while they are being looked for. */
  readonly sources: readonly CaptureSource[] | undefined;
  readonly onChoose: (source: CaptureSource) => void;
  readonly onRefresh: () => void;
  readonly onClose: () => void;
}

const skeletons = ['first', 'second', 'third'] as const;

export function SourcePicker({ sources, onChoose, onRefresh, onClose }: SourcePickerProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<CaptureSource['kind']>('screen');
  const shown = sources?.filter((source) => source.kind === kind);
  const Icon = kind === 'screen' ? Monitor : AppWindow;
  return (
    <Dialog
      wide
      stage
      title={t('sources.title')}
      description={t('sources.text')}
      onClose={onClose}
      foot={
        <>
          <Button look="quiet" onClick={onRefresh}>
            {t('sources.refresh')}
          </Button>
          <Button className="push" onClick={onClose}>
            {t('common.cancel')}
          </Button>
        </>
      }
    >
      <div>
        <Segmented
          label={t('sources.title')}
          value={kind}
          onChange={(id) => setKind(id === 'window' ? 'window' : 'screen')}
          choices={[
            { id: 'screen', label: t('sources.screens') },
            { id: 'window', label: t('sources.windows') },
          ]}
        />
      </div>
      {shown === undefined ? (
        <div className="sources" aria-busy="true">
          {skeletons.map((key) => (
            <span key={key} className="skeleton source__preview" />
          ))}
        </div>
      ) : shown.length === 0 ? (
        <div className="empty">
          <Icon />
          <p>{t(kind === 'screen' ? 'sources.noScreens' : 'sources.noWindows')}</p>
        </div>
      ) : (
        <div className="sources">
          {shown.map((source) => (
            <button key={source.id} type="button" className="source" onClick={() => onChoose(source)}>
              <span className="source__preview">
                {source.thumbnail ? <img src={source.thumbnail} alt="" /> : <Icon />}
              </span>
              <span className="source__name">
                {source.icon ? <img src={source.icon} alt="" /> : null}
                {source.name}
              </span>
            </button>
          ))}
        </div>
      )}
    </Dialog>
  );
}
