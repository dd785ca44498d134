/** Where the encrypted bytes of recordings are, as the library asks for them, holds them and has them deleted. */
import type { RecordingStorage } from '../recording-storage.ts';

/** The disk of this computer and the bucket, if there is one. `hold` and `remove` may be said again, after a crash between. */
export type RecordingCopies = Pick<RecordingStorage, 'bytes' | 'copiesOf' | 'hold' | 'remove'>;
