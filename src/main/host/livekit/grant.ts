/** What LiveKit is told a participant may do, built from the table of permissions and nothing else. */
import { TrackSource, type VideoGrant } from 'livekit-server-sdk';
import { grantFor, type ParticipantRole, type PublishSource } from '../../../shared/access/access.ts';

/** Whom the video server knows: people, and LiveKit Egress, which records them. */
export type RtcRole = ParticipantRole | 'recorder';

const trackSources: Readonly<Record<PublishSource, TrackSource>> = {
  camera: TrackSource.CAMERA,
  microphone: TrackSource.MICROPHONE,
  screen_share: TrackSource.SCREEN_SHARE,
  screen_share_audio: TrackSource.SCREEN_SHARE_AUDIO,
};

const sourceNames = new Map<TrackSource, string>(
  Object.entries(trackSources).map(([name, source]) => [source, name]),
);

/** LiveKit's name of a source. */
export function sourceName(source: TrackSource | undefined): string {
  return (source === undefined ? undefined : sourceNames.get(source)) ?? 'unknown';
}

/** A recorder is seen by nobody, and is sent something only while it may record. */
const recorderPermission = (admitted: boolean) => ({
  canSubscribe: admitted,
  canPublish: false,
  canPublishSources: [],
  canPublishData: false,
  canUpdateMetadata: false,
  hidden: true,
  recorder: true,
});

/** What can be changed while a participant is connected. */
export function permissionFor(role: RtcRole, admitted: boolean) {
  if (role === 'recorder') return recorderPermission(admitted);
  const grant = grantFor(role, admitted);
  return {
    canSubscribe: grant.canSubscribe,
    // An empty list of sources would mean every source: publishing itself must be off then.
    canPublish: grant.canPublishSources.length > 0,
    canPublishSources: grant.canPublishSources.map((source) => trackSources[source]),
    canPublishData: grant.canPublishData,
    canUpdateMetadata: false,
  };
}

/** The grant of a token for one room. */
export function videoGrantFor(roomName: string, role: RtcRole, admitted: boolean): VideoGrant {
  const { canUpdateMetadata, ...permission } = permissionFor(role, admitted);
  const { roomRecord, roomAdmin } =
    role === 'recorder' ? { roomRecord: false, roomAdmin: false } : grantFor(role, admitted);
  return {
    room: roomName,
    roomJoin: true,
    ...permission,
    canUpdateOwnMetadata: canUpdateMetadata,
    roomRecord,
    roomAdmin,
  };
}
