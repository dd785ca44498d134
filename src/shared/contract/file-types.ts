/** What may be sent as a file: the types the host finds in a content, each with the extensions that fit it, the usual one first. */

export const fileTypes = {
  'application/pdf': ['pdf'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/png': ['png'],
  'image/webp': ['webp'],
  'image/gif': ['gif'],
  'image/heic': ['heic', 'heif'],
  'application/dicom': ['dcm'],
  'text/plain': ['txt'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type FileType = keyof typeof fileTypes;

/** Every extension that may be sent. */
export const fileExtensions: readonly string[] = Object.values(fileTypes).flat();

/** What follows the last dot, in lower case; empty when there is none. */
export function extensionOf(name: string): string {
  return /[^.]\.([^.\s]{1,16})$/u.exec(name)?.[1]?.toLowerCase() ?? '';
}
