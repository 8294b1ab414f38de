const ROW_BITS = 11;
const ROWS = 1 << ROW_BITS;

/**
 * Finds the numbered texts that have all of some grams: a table of bits with a row for each of 2,048 groups of grams and a column for
 * each text. A search ANDs one row for each of its grams, 6 KB for 50,000 texts, and begins with the row of the fewest texts. It may find texts that don't match, and misses none
 * that does. A text takes 256 bytes and changes in place.
 */
export class GramIndex {
  #words = 32;
  #bits = new Int32Array(ROWS * this.#words);
  /** By row, how many texts it has. */
  readonly #counts = new Uint32Array(ROWS);
  /** Reused by each search: a new array of 50,000 numbers would take as long as finding them. */
  #found = new Uint32Array(this.#words * 32);

  /** @param grams hashes of 32 bits */
  add(text: number, grams: Iterable<number>): void {
    while (text >= this.#words * 32) this.#grow();
    const word = text >>> 5;
    const bit = 1 << (text & 31);
    for (const gram of grams) {
      const row = gram >>> (32 - ROW_BITS);
      const at = row * this.#words + word;
      const bits = this.#bits[at] as number;
      if ((bits & bit) !== 0) continue;
      this.#bits[at] = bits | bit;
      this.#counts[row] = (this.#counts[row] as number) + 1;
    }
  }

  remove(text: number): void {
    const bit = 1 << (text & 31);
    for (let row = 0, at = text >>> 5; row < ROWS; row++, at += this.#words) {
      const bits = this.#bits[at] as number;
      if ((bits & bit) === 0) continue;
      this.#bits[at] = bits & ~bit;
      this.#counts[row] = (this.#counts[row] as number) - 1;
    }
  }

  /** Texts that may have all of these grams, of which there is at least one. The next search overwrites the result. */
  find(grams: number[]): Uint32Array {
    const counts = this.#counts;
    const rows = grams.map((gram) => gram >>> (32 - ROW_BITS));
    rows.sort((a, b) => (counts[a] as number) - (counts[b] as number));
    const [first, ...others] = rows.map((row) => row * this.#words) as [number, ...number[]];
    const all = this.#bits;
    const found = this.#found;
    let count = 0;
    for (let word = 0; word < this.#words; word++) {
      let bits = all[first + word] as number;
      for (let i = 0; bits !== 0 && i < others.length; i++)
        bits &= all[(others[i] as number) + word] as number;
      while (bits !== 0) {
        found[count++] = word * 32 + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
      }
    }
    return found.subarray(0, count);
  }

  #grow(): void {
    const words = Math.ceil(this.#words * 1.25);
    const wider = new Int32Array(ROWS * words);
    for (let row = 0; row < ROWS; row++) {
      const from = row * this.#words;
      wider.set(this.#bits.subarray(from, from + this.#words), row * words);
    }
    this.#bits = wider;
    this.#words = words;
    this.#found = new Uint32Array(words * 32);
  }
}
