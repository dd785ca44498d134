/** Buttons: one with words, one with only an icon. */
import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { classes } from './classes.ts';
import { Key } from './key.tsx';

type NativeButton = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'>;

export interface ButtonProps extends NativeButton {
  readonly look?: 'plain' | 'primary' | 'soft' | 'quiet' | 'danger' | 'danger-quiet';
  readonly size?: 'normal' | 'small' | 'touch' | 'large';
  readonly wide?: boolean;
  readonly icon?: LucideIcon;
  /** The key that does the same, shown beside the words. */
  readonly shortcut?: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = 'plain',
  size = 'normal',
  wide = false,
  icon: Icon,
  shortcut,
  children,
  className,
  ...native
}: ButtonProps) {
  return (
    <button
      type="button"
      {...native}
      {...(shortcut ? { 'aria-keyshortcuts': shortcut } : {})}
      className={classes(
        'button',
        look !== 'plain' && `button--${look}`,
        size !== 'normal' && `button--${size}`,
        wide && 'button--wide',
        className,
      )}
    >
      {Icon ? <Icon /> : null}
      {children}
      {shortcut ? <Key name={shortcut} /> : null}
    </button>
  );
}

export interface IconButtonProps extends NativeButton {
  readonly icon: LucideIcon;
  /** What it does; also its tooltip. */
  readonly label: string;
  readonly small?: boolean;
  readonly className?: string;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon: Icon, label, small = false, className, ...native }: IconButtonProps) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...native}
      className={classes('icon-button', small && 'icon-button--small', className)}
    >
      <Icon />
    </button>
  );
}
