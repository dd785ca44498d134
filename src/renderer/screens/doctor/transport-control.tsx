/** How media travels: said in one word, changed in a small panel that tells what each choice means. */
import { ArrowLeftRight, LoaderCircle, type LucideIcon, Server } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TransportChoice } from '../../../shared/contract/contract.ts';
import type { CallSnapshot } from '../../call/call.ts';
import { Notice } from '../../components/notice.tsx';
import { Popover } from '../../components/popover.tsx';

export interface TransportView {
  readonly choice: TransportChoice;
  /** Why the server cannot be chosen now, in words; absent when it can. */
  readonly serverUnavailable?: string | undefined;
  readonly onChoose: (choice: TransportChoice) => void;
}

export interface TransportControlProps {
  readonly transport: TransportView;
  readonly state: CallSnapshot['transport'];
  readonly icon: LucideIcon;
}

const choices = [
  { id: 'auto', title: 'transport.auto', text: 'transport.autoText' },
  { id: 'p2p', title: 'transport.direct', text: 'transport.directText' },
  { id: 'sfu', title: 'transport.server', text: 'transport.serverText' },
] as const satisfies readonly { id: TransportChoice; title: string; text: string }[];

const activeWords = { p2p: 'transport.direct', sfu: 'transport.server' } as const;

export function TransportControl({ transport, state, icon: Arrow }: TransportControlProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const moving = state.movingTo !== undefined;
  const Icon = moving ? LoaderCircle : state.active === 'p2p' ? ArrowLeftRight : Server;
  const word = state.movingTo
    ? t('transport.moving', { to: t(activeWords[state.movingTo]) })
    : t(activeWords[state.active]);
  return (
    <Popover
      stage
      open={open}
      onOpenChange={setOpen}
      label={t('transport.title')}
      trigger={
        <button
          type="button"
          className="chip chip--stage"
          aria-label={t('transport.label', { word })}
          aria-busy={moving}
        >
          <Icon className={moving ? 'icon--small spinner' : 'icon--small'} />
          <span className="not-phone" role="status">
            {word}
          </span>
          <Arrow className="icon--small" />
        </button>
      }
    >
      <h2>{t('transport.title')}</h2>
      <div className="options" role="radiogroup" aria-label={t('transport.title')}>
        {choices.map(({ id, title, text }) => {
          const unavailable = id === 'sfu' ? transport.serverUnavailable : undefined;
          return (
            // biome-ignore lint/a11y/useSemanticElements: choosing moves the call at once, so arrow keys must not choose
            <button
              key={id}
              type="button"
              role="radio"
              className="option"
              aria-checked={transport.choice === id}
              disabled={moving || unavailable !== undefined}
              onClick={() => transport.onChoose(id)}
            >
              <span className="option__mark" />
              <span className="strong">{t(title)}</span>
              <span className="option__text">{unavailable ?? t(text)}</span>
            </button>
          );
        })}
      </div>
      {state.moveFailed ? (
        <Notice kind="warn" icon={ArrowLeftRight} live>
          {t('transport.failed')}
        </Notice>
      ) : null}
    </Popover>
  );
}
