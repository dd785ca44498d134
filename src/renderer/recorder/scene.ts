/** Who is to be seen in the recorded picture, from who is in the call: a pure function. */
import type { Participant } from '../../shared/signaling/messages.ts';
import type { MediaSource } from '../call/transport.ts';
import type { Scene, ScenePerson } from './layout.ts';

export interface SceneWords {
  /** In the place of a picture of somebody who is heard. */
  readonly audioOnly: string;
  /** In the place of a picture of somebody who is not heard either. */
  readonly cameraOff: string;
  /** How somebody is named. */
  nameOf(participant: Participant): string;
  initialsOf(name: string): string;
  /** Under a shared screen. */
  screenOf(name: string): string;
}

export interface Seen {
  readonly participant: Participant;
  readonly tracks: Readonly<Partial<Record<MediaSource, unknown>>>;
}

/** @param own whoever records, who is always the last one. */
export function sceneOf(others: readonly Seen[], own: Seen | undefined, words: SceneWords): Scene {
  // The patient fills the picture, also when a second doctor came first. Observers send nothing.
  const senders = others
    .filter(({ participant }) => participant.role !== 'observer')
    .sort((one, other) => rank(one) - rank(other));
  const seen = [...senders, ...(own ? [own] : [])];
  const sharer = seen.find(({ tracks }) => tracks.screen_share);
  return {
    people: seen.map((one) => personOf(one, words)),
    ...(sharer
      ? {
          screen: {
            name: words.screenOf(words.nameOf(sharer.participant)),
            picture: `${sharer.participant.identity}/screen_share`,
          },
        }
      : {}),
  };
}

function rank({ participant }: Seen): number {
  return participant.role === 'patient' ? 0 : 1;
}

function personOf({ participant, tracks }: Seen, words: SceneWords): ScenePerson {
  const name = words.nameOf(participant);
  const { camera, microphone } = participant.media;
  return {
    name,
    initials: words.initialsOf(name),
    note: microphone ? words.audioOnly : words.cameraOff,
    ...(camera && tracks.camera ? { picture: `${participant.identity}/camera` } : {}),
  };
}
