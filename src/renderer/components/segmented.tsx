/** A short list of choices side by side, one of them chosen; arrow keys move between them. */
import { ToggleGroup } from 'radix-ui';
import type { Choice } from './select.tsx';

export interface SegmentedProps {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly value: string;
  readonly onChange: (id: string) => void;
}

export function Segmented({ label, choices, value, onChange }: SegmentedProps) {
  return (
    <ToggleGroup.Root
      type="single"
      className="segmented"
      aria-label={label}
      value={value}
      onValueChange={(id) => id && onChange(id)}
    >
      {choices.map((choice) => (
        <ToggleGroup.Item key={choice.id} value={choice.id}>
          {choice.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
