/** Which numbers have come, in any order, as stretches without holes. */

export class Numbers {
  /** In order and apart from each other; both ends are in. */
  #there: [from: number, to: number][] = [];

  /** Everything up to here has come, from 1. */
  get durable(): number {
    const [first] = this.#there;
    return first !== undefined && first[0] === 1 ? first[1] : 0;
  }

  get highest(): number {
    return this.#there.at(-1)?.[1] ?? 0;
  }

  has(number: number): boolean {
    return this.#there.some(([from, to]) => from <= number && number <= to);
  }

  add(number: number): void {
    let added: [number, number] = [number, number];
    const apart: [number, number][] = [];
    for (const one of this.#there) {
      if (one[1] < added[0] - 1 || one[0] > added[1] + 1) apart.push(one);
      else added = [Math.min(one[0], added[0]), Math.max(one[1], added[1])];
    }
    this.#there = [...apart, added].sort((a, b) => a[0] - b[0]);
  }
}
