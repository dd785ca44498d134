/** A page that says one thing: what happened, and the next step. */
import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { classes } from '../../components/classes.ts';

export interface MessageScreenProps {
  readonly icon: LucideIcon;
  readonly kind?: 'plain' | 'warn';
  readonly title: string;
  readonly text: string;
  /** What can be done, the most helpful first. */
  readonly children?: ReactNode;
}

export function MessageScreen({ icon: Icon, kind = 'plain', title, text, children }: MessageScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The page changed under the reader: start reading at its title.
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="waiting">
      <span className={classes('page-icon', kind === 'warn' && 'page-icon--warn')}>
        <Icon />
      </span>
      <div className="stack stack--8 stack--center">
        <h1 className="headline" ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <p className="muted">{text}</p>
      </div>
      {children ? <div className="page-actions">{children}</div> : null}
    </div>
  );
}
