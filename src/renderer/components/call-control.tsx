/** One control of the call bar: an icon, the word under it, and the key that does the same. */
import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { classes } from './classes.ts';
import { Key } from './key.tsx';

export interface CallControlProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly shortcut?: string;
  /** `off`: a device that sends nothing; `open`: active or opened; `held`: paused by the app; `recording`: what runs is recorded; `end`: leaves. */
  readonly state?: 'plain' | 'off' | 'open' | 'held' | 'recording' | 'end';
  /** Bigger, for patients. */
  readonly patient?: boolean;
  readonly badge?: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function CallControl({
  icon: Icon,
  label,
  shortcut,
  state = 'plain',
  patient = false,
  badge,
  ...native
}: CallControlProps) {
  return (
    <button
      type="button"
      {...native}
      {...(shortcut ? { 'aria-keyshortcuts': shortcut } : {})}
      className={classes('control', patient && 'control--patient', state !== 'plain' && `control--${state}`)}
    >
      <span className="control__disc">
        <Icon {...(patient ? { className: 'icon--large' } : {})} />
      </span>
      <span className="control__label">
        {label}
        {shortcut ? <Key name={shortcut} /> : null}
      </span>
      {badge}
    </button>
  );
}
