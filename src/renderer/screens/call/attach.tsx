/** Asks the system for files to send. */
import { type ReactNode, useRef } from 'react';
import { fileExtensions } from '../../../shared/contract/file-types.ts';

const accepted = fileExtensions.map((extension) => `.${extension}`).join(',');

export interface AttachProps {
  readonly onFiles: (files: readonly File[]) => void;
  /** The button; it is given what opens the picker. */
  readonly children: (pick: () => void) => ReactNode;
}

export function Attach({ onFiles, children }: AttachProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={accepted}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          // The same file can be chosen again.
          event.target.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
      {children(() => input.current?.click())}
    </>
  );
}
