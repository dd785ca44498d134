/** A sheet over the page: focus stays inside, starts on the title and goes back; the page behind is inert. */
import { X } from 'lucide-react';
import { Dialog as Primitive } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';

export interface DialogProps {
  readonly title: string;
  readonly description?: string | undefined;
  /** Absent where the dialog goes only by answering it. */
  readonly onClose?: (() => void) | undefined;
  readonly className?: string | undefined;
  readonly wide?: boolean;
  /** Dark, over the call. */
  readonly stage?: boolean;
  readonly children?: ReactNode;
  readonly foot?: ReactNode;
}

/** What the focus goes back to: what has it now; of an item of a menu, which goes, the menu's button. */
function openerOf(element: Element | null): HTMLElement | null {
  const menu = element?.closest('[role="menu"]');
  const opener = menu ? document.getElementById(menu.getAttribute('aria-labelledby') ?? '') : element;
  return opener instanceof HTMLElement ? opener : null;
}

export function Dialog({
  title,
  description,
  onClose,
  className,
  wide = false,
  stage = false,
  children,
  foot,
}: DialogProps) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  const opener = useRef<HTMLElement>(null);
  return (
    <Primitive.Root open onOpenChange={(open) => !open && onClose?.()}>
      <Primitive.Portal>
        {/* Not Primitive.Overlay: it injects a style element, which the pages' content security policy forbids. */}
        <div className={classes('scrim', stage && 'on-stage')}>
          <Primitive.Content
            className={classes('sheet', wide && 'sheet--wide', className)}
            onOpenAutoFocus={(event) => {
              event.preventDefault();
              opener.current = openerOf(document.activeElement);
              const content = event.currentTarget as HTMLElement;
              (content.querySelector<HTMLElement>('[data-autofocus]') ?? heading.current)?.focus();
            }}
            onCloseAutoFocus={(event) => {
              // Radix knows only a trigger of its own, which these dialogs have not.
              event.preventDefault();
              opener.current?.focus();
            }}
            {...(description ? {} : { 'aria-describedby': undefined })}
          >
            <header className="sheet__head">
              <div className="stack grow">
                <Primitive.Title asChild>
                  <h2 ref={heading} tabIndex={-1}>
                    {title}
                  </h2>
                </Primitive.Title>
                {description ? (
                  <Primitive.Description className="muted">{description}</Primitive.Description>
                ) : null}
              </div>
              {onClose ? (
                <Primitive.Close asChild>
                  <IconButton icon={X} label={t('common.close')} />
                </Primitive.Close>
              ) : null}
            </header>
            {children ? <div className="sheet__body">{children}</div> : null}
            {foot ? <footer className="sheet__foot">{foot}</footer> : null}
          </Primitive.Content>
        </div>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
