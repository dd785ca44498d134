/** Where everybody is in the recorded picture: a pure function of who is there. */

export const pictureWidth = 1_280;
export const pictureHeight = 720;

/** px between tiles, and from a small picture to the edge. */
const gap = 8;
const margin = 16;

export interface ScenePerson {
  readonly name: string;
  readonly initials: string;
  /** Which picture shows them; absent: a card with `note`. */
  readonly picture?: string;
  /** Why there is no picture, in words. */
  readonly note: string;
}

/** Who and what is to be seen, by pictures' keys. */
export interface Scene {
  /** Who speaks to the recorder first, the recorder last. */
  readonly people: readonly ScenePerson[];
  /** A shared screen: it is shown whole, with the people small in front of it. */
  readonly screen?: { readonly name: string; readonly picture: string };
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Tile {
  readonly box: Box;
  readonly name: string;
  readonly picture?: string;
  readonly initials: string;
  readonly note: string;
  /** Shown whole, as screens are; people fill their tile. */
  readonly whole: boolean;
  /** Lies over another tile. */
  readonly over: boolean;
}

const stage: Box = { x: 0, y: 0, width: pictureWidth, height: pictureHeight };
/** Most small pictures beside a screen; whoever comes after them is heard, and not seen. */
const mostSmall = 4;

/** The tiles, to be drawn in this order. */
export function layOut({ people, screen }: Scene): readonly Tile[] {
  if (screen) {
    return [
      { ...screen, box: stage, initials: '', note: '', whole: true, over: false },
      ...smallOnes(people.slice(0, mostSmall), 256),
    ];
  }
  const [first, second, ...more] = people;
  if (first === undefined) return [];
  if (second === undefined) return [tile(first, stage)];
  if (more.length === 0) return [tile(first, stage), ...smallOnes([second], 320)];
  return grid(people.length).flatMap((box, index) => {
    const person = people[index];
    return person ? [tile(person, box)] : [];
  });
}

function tile(person: ScenePerson, box: Box, over = false): Tile {
  return { ...person, box, whole: false, over };
}

/** In a row that ends in the lower right corner. */
function smallOnes(people: readonly ScenePerson[], width: number): Tile[] {
  const height = (width * 9) / 16;
  return people.map((person, index) => {
    const fromRight = people.length - index;
    const x = pictureWidth - margin - fromRight * width - (fromRight - 1) * gap;
    return tile(person, { x, y: pictureHeight - margin - height, width, height }, true);
  });
}

/** Boxes for so many people, all alike, as near to a square arrangement as it gets; the last row is centred. */
function grid(count: number): Box[] {
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const width = Math.floor((pictureWidth - (columns - 1) * gap) / columns);
  const height = Math.floor((pictureHeight - (rows - 1) * gap) / rows);
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const used = inRow * width + (inRow - 1) * gap;
    const left = Math.floor((pictureWidth - used) / 2);
    return { x: left + (index % columns) * (width + gap), y: row * (height + gap), width, height };
  });
}

/**
 * Which part of a picture goes where in its box. People fill it, unless that would cut a person out (a phone held upright in a
 * wide tile); screens are whole.
 */
export function fitInto(
  picture: { readonly width: number; readonly height: number },
  box: Box,
  whole: boolean,
): { readonly from: Box; readonly to: Box } {
  const ours = picture.width / picture.height;
  const theirs = box.width / box.height;
  const everything = { x: 0, y: 0, width: picture.width, height: picture.height };
  if (whole || ours * 1.6 < theirs) {
    const width = Math.min(box.width, box.height * ours);
    const height = Math.min(box.height, box.width / ours);
    const x = box.x + (box.width - width) / 2;
    return { from: everything, to: { x, y: box.y + (box.height - height) / 2, width, height } };
  }
  const width = Math.min(picture.width, picture.height * theirs);
  const height = Math.min(picture.height, picture.width / theirs);
  const from = { x: (picture.width - width) / 2, y: (picture.height - height) / 2, width, height };
  return { from, to: box };
}
