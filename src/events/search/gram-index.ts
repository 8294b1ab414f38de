const ROW_BITS = 11;
const ROWS = 1 << ROW_BITS;

/**
 * Finds the numbered texts that have all of some grams: a table of bits with a row for each of 2,048 groups of grams and a column for
 * each text. A search ANDs one row for each of its grams, 6 KB for 50,000 texts. It may find texts that don't match, and misses none
 * that does. A text takes 256 bytes and changes in place.
 */
export class GramIndex {
  #words = 32;
  #bits = new Uint32Array(ROWS * this.#words);

  /** @param grams hashes of 32 bits */
  add(text: number, grams: Iterable<number>): void {
    while (text >= this.#words * 32) this.#grow();
    const word = text >>> 5;
    const bit = 1 << (text & 31);
    for (const gram of grams) {
      const at = (gram >>> (32 - ROW_BITS)) * this.#words + word;
      this.#bits[at] = (this.#bits[at] as number) | bit;
    }
  }

  remove(text: number): void {
    const keep = ~(1 << (text & 31));
    for (let at = text >>> 5; at < this.#bits.length; at += this.#words) {
      this.#bits[at] = (this.#bits[at] as number) & keep;
    }
  }

  /** Texts that may have all of these grams, of which there is at least one. */
  find(grams: number[]): number[] {
    const rows = [...new Set(grams.map((gram) => (gram >>> (32 - ROW_BITS)) * this.#words))];
    const [first, ...others] = rows as [number, ...number[]];
    const found: number[] = [];
    for (let word = 0; word < this.#words; word++) {
      let bits = this.#bits[first + word] as number;
      for (let i = 0; bits !== 0 && i < others.length; i++) {
        bits &= this.#bits[(others[i] as number) + word] as number;
      }
      while (bits !== 0) {
        const lowest = 31 - Math.clz32(bits & -bits);
        found.push(word * 32 + lowest);
        bits &= bits - 1;
      }
    }
    return found;
  }

  #grow(): void {
    const words = Math.ceil(this.#words * 1.25);
    const wider = new Uint32Array(ROWS * words);
    for (let row = 0; row < ROWS; row++) {
      const from = row * this.#words;
      wider.set(this.#bits.subarray(from, from + this.#words), row * words);
    }
    this.#bits = wider;
    this.#words = words;
  }
}
