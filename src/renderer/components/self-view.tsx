/** One's own picture, floating over the stage: dragged to a corner, moved there with the arrow keys, hidden by its owner. */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from './classes.ts';

interface Corner {
  readonly bottom: boolean;
  readonly right: boolean;
}

const moves: Readonly<Record<string, Partial<Corner>>> = {
  ArrowUp: { bottom: false },
  ArrowDown: { bottom: true },
  ArrowLeft: { right: false },
  ArrowRight: { right: true },
};

export function SelfView({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const [corner, setCorner] = useState<Corner>({ bottom: true, right: true });
  const [offset, setOffset] = useState<{ x: number; y: number }>();
  const start = useRef<{ x: number; y: number }>(undefined);

  const grab = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    start.current = { x: event.clientX, y: event.clientY };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const drag = (event: PointerEvent<HTMLElement>) => {
    if (!start.current) return;
    setOffset({ x: event.clientX - start.current.x, y: event.clientY - start.current.y });
  };
  const drop = (event: PointerEvent<HTMLElement>) => {
    const moved = start.current;
    start.current = undefined;
    setOffset(undefined);
    const stage = event.currentTarget.parentElement;
    if (!moved || !stage) return;
    const box = event.currentTarget.getBoundingClientRect();
    const room = stage.getBoundingClientRect();
    setCorner({
      bottom: box.top + box.height / 2 > room.top + room.height / 2,
      right: box.left + box.width / 2 > room.left + room.width / 2,
    });
  };
  const press = (event: KeyboardEvent) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    setCorner((current) => ({ ...current, ...move }));
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      className={classes(
        'self-view',
        corner.bottom ? 'self-view--bottom' : 'self-view--top',
        corner.right ? 'self-view--right' : 'self-view--left',
        offset !== undefined && 'self-view--held',
      )}
      style={offset ? { transform: `translate(${offset.x}px, ${offset.y}px)` } : undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved with the arrow keys
      tabIndex={0}
      role="group"
      aria-label={t('call.selfView')}
      onPointerDown={grab}
      onPointerMove={drag}
      onPointerUp={drop}
      onPointerCancel={drop}
      onKeyDown={press}
    >
      {children}
    </div>
  );
}
