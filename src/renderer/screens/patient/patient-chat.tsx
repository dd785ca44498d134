/** The chat as a patient sees it: beside the pictures, on a phone a sheet under a small one. */
import { X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../components/button.tsx';

export interface PatientChatProps {
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function PatientChat({ onClose, children }: PatientChatProps) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  // On the title and not in the field: on a phone the keyboard would cover what was said.
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside
      className="panel"
      aria-label={t('call.chat')}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose();
      }}
    >
      <div className="panel__head">
        <h2 ref={heading} tabIndex={-1}>
          {t('call.chat')}
        </h2>
        <IconButton className="push" icon={X} label={t('chat.close')} onClick={onClose} />
      </div>
      {children}
    </aside>
  );
}
