/** A place to write what one looks for. */
import { Search } from 'lucide-react';
import type { Ref } from 'react';

export interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly ref?: Ref<HTMLInputElement>;
}

export function SearchField({ label, value, onChange, ref }: SearchFieldProps) {
  return (
    <span className="input-icon">
      <Search className="input-icon__mark icon--small" />
      <input
        ref={ref}
        type="search"
        className="input"
        aria-label={label}
        placeholder={label}
        maxLength={200}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </span>
  );
}
