/** The page of an outside system, made of LiveKit's own React components: it knows a token and an address, nothing of ours. */
import { LiveKitRoom, RoomAudioRenderer, VideoConference } from '@livekit/components-react';
import { createRoot } from 'react-dom/client';

const query = new URLSearchParams(location.search);
const root = document.getElementById('root');

if (root) {
  createRoot(root).render(
    <LiveKitRoom
      token={query.get('token') ?? undefined}
      serverUrl={query.get('serverUrl') ?? undefined}
      connect
      video
      audio
    >
      <RoomAudioRenderer />
      <VideoConference />
    </LiveKitRoom>,
  );
}
