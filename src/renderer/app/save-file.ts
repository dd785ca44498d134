/** Has the browser save something as a file, as after a click on a link to it. */

/** A browser keeps what it was given to save a little longer than the click lasts, ms. */
const saveTime = 60_000;

export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), saveTime);
}
