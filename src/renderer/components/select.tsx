/** The system's own list of choices: on a phone it is the one everybody knows. */
import { ChevronDown } from 'lucide-react';
import { classes } from './classes.ts';

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface SelectProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly value: string;
  readonly onChange: (id: string) => void;
  /** Drawn as a box, for forms; otherwise as text with an arrow. */
  readonly boxed?: boolean;
  readonly disabled?: boolean;
}

export function Select({ label, choices, value, onChange, boxed = false, disabled = false }: SelectProps) {
  return (
    <span className={classes('select', boxed && 'select--boxed')}>
      <select
        aria-label={label}
        title={choices.find((choice) => choice.id === value)?.label}
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice.id} value={choice.id}>
            {choice.label}
          </option>
        ))}
      </select>
      <ChevronDown className="icon--small" />
    </span>
  );
}
