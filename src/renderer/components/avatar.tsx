/** A person without a picture: the initials in a circle. */
import { initialsOf } from './names.ts';

export function Avatar({ name, large = false }: { readonly name: string; readonly large?: boolean }) {
  return (
    <span className={large ? 'avatar avatar--large' : 'avatar'} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}
