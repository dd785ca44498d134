/** What goes on beside a call: the chat, the files on their way, and what fetches them. */
import type { Entry } from '../../../shared/contract/contract.ts';
import type { Signaling } from '../../call/signaling.ts';
import { Chat } from '../../chat/chat.ts';
import { FileTransfer } from '../../chat/file-transfer.ts';
import { Uploads } from '../../chat/uploads.ts';
import { systemClock } from '../system-clock.ts';

export interface Beside {
  readonly chat: Chat;
  readonly uploads: Uploads;
  readonly transfer: FileTransfer;
  close(): void;
}

export function openBeside(
  signaling: Signaling,
  { signalingUrl: baseUrl, consultationId }: Pick<Entry, 'signalingUrl' | 'consultationId'>,
): Beside {
  const chat = new Chat({ signaling, clock: systemClock });
  const transfer = new FileTransfer({ baseUrl, consultationId, token: () => signaling.token() });
  const uploads = new Uploads({ transfer, clock: systemClock, onDone: (message) => chat.received(message) });
  return {
    chat,
    uploads,
    transfer,
    close() {
      uploads.close();
      chat.close();
    },
  };
}
