/** A host that was told to run no video server: direct calls work, everything else says what is missing. */
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { LiveKit } from './livekit.ts';

export function absentLiveKit(): LiveKit {
  const unavailable = async (): Promise<never> => {
    throw new CatalogueError('LIVEKIT_UNAVAILABLE');
  };
  return {
    externalUrl: undefined,
    status: () => ({
      state: 'absent',
      kind: 'embedded',
      detail:
        'LIVEKIT_EMBEDDED is off. Turn it on, or set LIVEKIT_API_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.',
    }),
    onStatus: () => () => {},
    onEvent: () => () => {},
    start: () => {},
    createRoom: unavailable,
    deleteRoom: unavailable,
    listRooms: unavailable,
    listParticipants: unavailable,
    removeParticipant: unavailable,
    setAdmitted: unavailable,
    ownsPath: () => false,
    handleUpgrade: (_request, socket) => socket.destroy(),
    handleRequest: unavailable,
    handleWebhook: unavailable,
    close: async () => {},
  };
}
