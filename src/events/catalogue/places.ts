/** A set of places in the order of lists, as bits, so that a page of it needs no sorting. */
export class Places {
  #bits = new Int32Array(32);

  /** Empties the set, for an order of this length. */
  clear(length: number): void {
    const words = Math.ceil(length / 32);
    if (words > this.#bits.length) this.#bits = new Int32Array(Math.ceil(words * 1.25));
    else this.#bits.fill(0, 0, words);
  }

  has(place: number): boolean {
    return ((this.#bits[place >>> 5] as number) & (1 << (place & 31))) !== 0;
  }

  add(place: number): void {
    this.#bits[place >>> 5] = (this.#bits[place >>> 5] as number) | (1 << (place & 31));
  }

  /** The places after the first `offset` ones, at most `limit`, which the set must have. */
  page(offset: number, limit: number): number[] {
    const places: number[] = [];
    let before = offset;
    for (let word = 0; places.length < limit; word++) {
      for (let bits = this.#bits[word] as number; bits !== 0 && places.length < limit; bits &= bits - 1) {
        if (before-- <= 0) places.push(word * 32 + 31 - Math.clz32(bits & -bits));
      }
    }
    return places;
  }
}
