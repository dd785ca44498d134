/** Draws the recorded picture from the newest picture of everybody. Runs in the recorder's worker. */
import { type Box, fitInto, layOut, pictureHeight, pictureWidth, type Scene, type Tile } from './layout.ts';

const colours = {
  ground: '#141413',
  card: '#262523',
  initials: '#0f7c7c',
  text: '#f4f3f0',
  label: '#141413cc',
};
const font = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

interface Source {
  readonly reader: ReadableStreamDefaultReader<VideoFrame>;
  newest: VideoFrame | undefined;
}

export class Composer {
  readonly #canvas = new OffscreenCanvas(pictureWidth, pictureHeight);
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #sources = new Map<string, Source>();
  #scene: Scene = { people: [] };
  #tiles: readonly Tile[] = [];

  /** @param read whether pixels are read back by the processor, as software encoders do. */
  constructor(read: boolean) {
    const context = this.#canvas.getContext('2d', { alpha: false, willReadFrequently: read });
    if (!context) throw new Error('There is nothing to draw on.');
    this.#context = context;
  }

  setScene(scene: Scene): void {
    this.#scene = scene;
    this.#tiles = layOut(this.#scene);
  }

  /** Takes the place of an earlier source of the same key, whose last picture stays until the first new one. */
  setSource(key: string, frames: ReadableStream<VideoFrame>): void {
    const before = this.#sources.get(key);
    void before?.reader.cancel().catch(() => {});
    const source: Source = { reader: frames.getReader(), newest: before?.newest };
    this.#sources.set(key, source);
    void this.#read(key, source);
  }

  removeSource(key: string): void {
    const source = this.#sources.get(key);
    this.#sources.delete(key);
    void source?.reader.cancel().catch(() => {});
    source?.newest?.close();
  }

  /** The picture as it is now. The caller closes it. */
  compose(timestampUs: number, durationUs: number): VideoFrame {
    const context = this.#context;
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, pictureWidth, pictureHeight);
    for (const tile of this.#tiles) this.#draw(tile);
    return new VideoFrame(this.#canvas, { timestamp: timestampUs, duration: durationUs, alpha: 'discard' });
  }

  close(): void {
    for (const key of [...this.#sources.keys()]) this.removeSource(key);
  }

  async #read(key: string, source: Source): Promise<void> {
    for (;;) {
      const { done, value } = await source.reader.read().catch(() => ({ done: true, value: undefined }));
      if (done || !value) return;
      if (this.#sources.get(key) !== source) {
        value.close();
        return;
      }
      source.newest?.close();
      source.newest = value;
    }
  }

  #draw(tile: Tile): void {
    const { box, picture, over } = tile;
    const frame = picture === undefined ? undefined : this.#sources.get(picture)?.newest;
    const context = this.#context;
    context.save();
    if (over) {
      context.beginPath();
      context.roundRect(box.x, box.y, box.width, box.height, 12);
      context.clip();
      context.fillStyle = colours.ground;
      context.fillRect(box.x, box.y, box.width, box.height);
    }
    if (frame) {
      const size = { width: frame.displayWidth, height: frame.displayHeight };
      const { from, to } = fitInto(size, box, tile.whole);
      context.drawImage(frame, from.x, from.y, from.width, from.height, to.x, to.y, to.width, to.height);
    } else this.#drawCard(tile, picture === undefined ? tile.note : '');
    this.#drawName(tile.name, box);
    context.restore();
  }

  /** @param note why there is no picture; nothing while the first one is on its way. */
  #drawCard({ box, initials }: Tile, note: string): void {
    const context = this.#context;
    context.fillStyle = colours.card;
    context.fillRect(box.x, box.y, box.width, box.height);
    const x = box.x + box.width / 2;
    const y = box.y + box.height * 0.42;
    const radius = Math.min(box.width, box.height) * 0.17;
    if (initials !== '') {
      context.fillStyle = colours.initials;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
      this.#write(initials, x, y, radius * 0.8, 'center');
    }
    this.#write(note, x, y + radius * 1.6, Math.max(14, radius * 0.4), 'center');
  }

  #drawName(name: string, box: Box): void {
    if (name === '') return;
    const context = this.#context;
    const size = box.width > 500 ? 20 : 14;
    const inset = size * 0.6;
    context.font = `600 ${size}px ${font}`;
    const width = Math.min(context.measureText(name).width + inset * 2, box.width - inset * 2);
    const height = size * 1.9;
    const [x, y] = [box.x + inset, box.y + box.height - inset - height];
    context.fillStyle = colours.label;
    context.beginPath();
    context.roundRect(x, y, width, height, 8);
    context.fill();
    this.#write(name, x + inset, y + height / 2, size, 'left', width - inset * 2);
  }

  #write(text: string, x: number, y: number, size: number, align: CanvasTextAlign, most?: number): void {
    const context = this.#context;
    context.font = `600 ${Math.round(size)}px ${font}`;
    context.fillStyle = colours.text;
    context.textAlign = align;
    context.textBaseline = 'middle';
    context.fillText(text, x, y, most);
  }
}
