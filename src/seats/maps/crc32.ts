/** The polynomial of gzip's CRC, with its bits reversed. */
const POLYNOMIAL = 0xedb88320;

/** x to the power of n, by n. Pieces of a map have a few hundred lengths in all. */
const powers = new Map<number, number>();

/** The CRC of two texts joined, from the CRC of each: that of the first is shifted by the length of the second. */
export function joinCrc(first: number, second: number, secondBytes: number): number {
  return (multiply(powerOfX(8 * secondBytes), first) ^ second) >>> 0;
}

/** The product of two polynomials over GF(2), modulo the CRC's. The highest bit is the constant term. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product;
}

function powerOfX(exponent: number): number {
  const known = powers.get(exponent);
  if (known !== undefined) return known;
  let power = 0x80000000;
  let square = 0x40000000;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  if (powers.size >= 10_000) powers.clear();
  powers.set(exponent, power);
  return power;
}
