/** A menu that opens from a button: plain items and lists of which one is chosen. */
import { Check, type LucideIcon } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import type { Choice } from './select.tsx';

export interface MenuProps {
  /** The button; it gets the menu's behaviour. */
  readonly trigger: ReactNode;
  readonly children: ReactNode;
  readonly stage?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

export function Menu({ trigger, children, stage = false, onOpenChange }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} {...(onOpenChange ? { onOpenChange } : {})}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={classes('menu', stage && 'on-stage')}
          sideOffset={8}
          collisionPadding={12}
          loop
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export interface MenuItemProps {
  readonly icon?: LucideIcon;
  readonly danger?: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export function MenuItem({ icon: Icon, danger = false, onSelect, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      className={classes('menu__item', danger && 'menu__item--danger')}
      onSelect={() => onSelect()}
    >
      {Icon ? <Icon className="icon--small" /> : <span />}
      <span>{children}</span>
    </DropdownMenu.Item>
  );
}

export interface MenuChoicesProps {
  readonly title: string;
  readonly choices: readonly Choice[];
  readonly value: string | undefined;
  readonly onChange: (id: string) => void;
  /** Shown under the chosen one, for instance a level. */
  readonly under?: ReactNode;
}

export function MenuChoices({ title, choices, value, onChange, under }: MenuChoicesProps) {
  return (
    <DropdownMenu.RadioGroup value={value ?? ''} onValueChange={onChange} aria-label={title}>
      <DropdownMenu.Label className="menu__title">{title}</DropdownMenu.Label>
      {choices.map((choice) => (
        <DropdownMenu.RadioItem
          key={choice.id}
          value={choice.id}
          className="menu__item"
          onSelect={(event) => event.preventDefault()}
        >
          <DropdownMenu.ItemIndicator asChild>
            <Check className="icon--small" />
          </DropdownMenu.ItemIndicator>
          <span className="stack menu__choice">
            {choice.label}
            {choice.id === value ? under : null}
          </span>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="menu__separator" />;
}
