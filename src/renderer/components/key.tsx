/** A key to press, drawn; screen readers are told by `aria-keyshortcuts` instead. */
export function Key({ name }: { readonly name: string }) {
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a kbd element takes no focus
  return <kbd aria-hidden="true">{name}</kbd>;
}
