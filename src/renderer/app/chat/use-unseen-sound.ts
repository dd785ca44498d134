/** A short sound for a message that comes while nobody looks at the chat. */
import { useEffect } from 'react';
import type { Chat } from '../../chat/chat.ts';
import type { LocalMedia } from '../../media/local-media.ts';

export function useUnseenSound(chat: Chat, media: LocalMedia): void {
  // Refused sound is no reason to stop anything: the count says it too.
  useEffect(() => chat.onUnseen(() => void media.playMessageTone().catch(() => {})), [chat, media]);
}
