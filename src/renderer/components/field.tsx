/** A labelled text input; its hint or error stands under it and is read with it. */
import { type InputHTMLAttributes, type Ref, useId } from 'react';
import { classes } from './classes.ts';

export interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'id'> {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly touch?: boolean;
  readonly ref?: Ref<HTMLInputElement>;
}

export function Field({ label, hint, error, touch = false, ...native }: FieldProps) {
  const id = useId();
  const below = error ?? hint;
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      <input
        {...native}
        id={id}
        className={classes('input', touch && 'input--touch')}
        aria-invalid={error !== undefined}
        {...(below ? { 'aria-describedby': `${id}-below` } : {})}
      />
      {below ? (
        <p id={`${id}-below`} className={classes('field__hint', error !== undefined && 'field__hint--error')}>
          {below}
        </p>
      ) : null}
    </div>
  );
}
