/** Keys that are shortcuts elsewhere belong to what is being written, and to a dialog that is open. */

export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return (
    event.target instanceof Element &&
    event.target.closest('input, textarea, select, [role="dialog"]') !== null
  );
}
