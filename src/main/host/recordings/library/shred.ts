/**
 * Deletes an age file so that what is left of it on the disk opens with no key: the header, which alone holds the file's own key, is
 * overwritten and synced before the name goes.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../runtime/files.ts';
import type { OpenFile } from '../age-file.ts';

/** More than any header we write; what follows it is the beginning of the content. */
const overwrittenBytes = 64 * 1024;

/** Done when nothing of the key is left in the file, and the file is gone; also when there was none. */
export async function shred(
  path: string,
  { openFile = open, remove = rm }: { openFile?: OpenFile; remove?: typeof rm } = {},
): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await openFile(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const nothing = Buffer.alloc(Math.min(size, overwrittenBytes));
    for (let done = 0; done < nothing.length; ) {
      const { bytesWritten } = await handle.write(nothing, done, nothing.length - done, done);
      done += bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await remove(path, { force: true });
  syncFolder(dirname(path));
}
