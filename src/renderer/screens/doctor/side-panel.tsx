/** Beside the call: tabs of which one is shown, by mouse, arrow keys or shortcut; Escape closes it and never the call. */
import { X } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../components/button.tsx';

/** In the order they are shown. */
const panelNames = ['chat', 'people', 'notes', 'files'] as const;
export type PanelName = (typeof panelNames)[number];

/** One tab. Its content is unmounted while another is shown, so what somebody was writing belongs into a store. */
export interface PanelTab {
  /** A `panel__body` and, if it has one, a `panel__foot`. */
  readonly content: ReactNode;
  /** Shown beside the tab's name, such as how many are inside. */
  readonly count?: ReactNode;
}

export type PanelTabs = Readonly<Partial<Record<PanelName, PanelTab>>>;

const words = {
  chat: 'call.chat',
  people: 'call.people',
  notes: 'call.notes',
  files: 'call.files',
} as const satisfies Record<PanelName, string>;

export interface SidePanelProps {
  readonly tabs: PanelTabs;
  readonly open: PanelName;
  readonly onOpen: (name: PanelName) => void;
  readonly onClose: () => void;
}

export function SidePanel({ tabs, open, onOpen, onClose }: SidePanelProps) {
  const { t } = useTranslation();
  const panel = useRef<HTMLElement>(null);
  const there = panelNames.filter((name) => tabs[name]);

  // Focus follows whoever opened it: to what the tab is for, or to the tab. On closing it goes back.
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (lost && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is what moves the focus
  useEffect(() => {
    // Arrow keys walk along the tabs: the focus stays there.
    if (panel.current?.querySelector('[role="tab"]:focus')) return;
    const find = (selector: string) => panel.current?.querySelector<HTMLElement>(selector);
    (find('[role="tabpanel"] [data-autofocus]') ?? find('[role="tab"][aria-selected="true"]'))?.focus();
  }, [open]);

  return (
    <Tabs.Root asChild value={open} onValueChange={(name) => onOpen(name as PanelName)}>
      <aside
        ref={panel}
        className="panel"
        aria-label={t('call.panel')}
        onKeyDown={(event) => {
          // A menu inside has used the key already.
          if (event.key === 'Escape' && !event.defaultPrevented) onClose();
        }}
      >
        <div className="panel__tabs">
          <Tabs.List className="tabs" aria-label={t('call.panel')}>
            {there.map((name) => (
              <Tabs.Trigger key={name} value={name} className="tab">
                {t(words[name])}
                {tabs[name]?.count}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <IconButton
            small
            className="panel__close"
            icon={X}
            label={t('call.closePanel')}
            onClick={onClose}
          />
        </div>
        {there.map((name) => (
          <Tabs.Content key={name} value={name} className="panel__tab" tabIndex={-1}>
            {tabs[name]?.content}
          </Tabs.Content>
        ))}
      </aside>
    </Tabs.Root>
  );
}
