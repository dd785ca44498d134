/** A key to press, drawn by the style sheet and not part of the button's text; `aria-keyshortcuts` tells screen readers. */
export function Key({ name }: { readonly name: string }) {
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a kbd element takes no focus
  return <kbd aria-hidden="true" data-key={name} />;
}
