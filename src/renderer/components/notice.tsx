/** A sentence that belongs to what is on the screen, with an icon and at most one way on. */
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';

export interface NoticeProps {
  readonly kind?: 'plain' | 'ok' | 'warn' | 'danger';
  readonly icon: LucideIcon;
  readonly children: ReactNode;
  /** Said at once to screen readers: for what just happened. */
  readonly live?: boolean;
}

export function Notice({ kind = 'plain', icon: Icon, children, live = false }: NoticeProps) {
  return (
    <div
      className={classes('notice', kind !== 'plain' && `notice--${kind}`)}
      {...(live ? { role: kind === 'danger' ? 'alert' : 'status' } : {})}
    >
      <Icon />
      <div className="grow">{children}</div>
    </div>
  );
}
