/** A small panel that opens from a button and stays until it is closed. */
import { Popover as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';

export interface PopoverProps {
  readonly trigger: ReactNode;
  readonly label: string;
  readonly children: ReactNode;
  readonly stage?: boolean;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function Popover({ trigger, label, children, stage = false, open, onOpenChange }: PopoverProps) {
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          className={classes('menu popover', stage && 'on-stage')}
          aria-label={label}
          sideOffset={8}
          collisionPadding={12}
        >
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
