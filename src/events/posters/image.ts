type ImageType = 'image/png' | 'image/jpeg' | 'image/webp';

export interface Image {
  type: ImageType;
  width: number;
  height: number;
}

const MAX_SIDE = 10_000;
const MAX_PIXELS = 40_000_000;

/**
 * Reads what the bytes are, whatever their sender calls them. The parts of the file are followed from its first byte to its last, so that
 * nothing else, such as a script or an archive, can hide before or behind the image.
 *
 * @returns `undefined` for anything but a whole PNG, JPEG or WebP image of a reasonable size
 */
export function readImage(bytes: Buffer): Image | undefined {
  const image = readPng(bytes) ?? readJpeg(bytes) ?? readWebp(bytes);
  if (!image) return undefined;
  const { width, height } = image;
  const isReasonable =
    width > 0 && height > 0 && width <= MAX_SIDE && height <= MAX_SIDE && width * height <= MAX_PIXELS;
  return isReasonable ? image : undefined;
}

const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** PNG (third edition), 5: chunks of a length, a type, data and a checksum, from IHDR to IEND. */
function readPng(bytes: Buffer): Image | undefined {
  if (bytes.length < 57 || !bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return undefined;
  if (bytes.readUInt32BE(8) !== 13 || nameAt(bytes, 12) !== 'IHDR') return undefined;
  let hasData = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const name = nameAt(bytes, at + 4);
    const end = at + 12 + bytes.readUInt32BE(at);
    if (name === 'IDAT') hasData = true;
    if (name === 'IEND') {
      if (end !== bytes.length || !hasData) return undefined;
      return { type: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
    }
    at = end;
  }
  return undefined;
}

/** Markers of a frame header (SOF), without the three in their range that are others. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** JPEG (T.81), B: segments from SOI to the scan, which ends the file with EOI. */
function readJpeg(bytes: Buffer): Image | undefined {
  if (
    bytes.length < 20 ||
    bytes.readUInt16BE(0) !== 0xffd8 ||
    bytes.readUInt16BE(bytes.length - 2) !== 0xffd9
  )
    return undefined;
  let image: Image | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] as number;
    // A marker may be filled up with more 0xFF before it.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xda) return image;
    const length = bytes.readUInt16BE(at + 2);
    if (length < 2) return undefined;
    if (isFrame(marker)) {
      if (length < 8 || at + 9 > bytes.length) return undefined;
      image = { type: 'image/jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    }
    at += 2 + length;
  }
  return undefined;
}

/** RFC 9649: a RIFF file of chunks, the first of which says how large the image is. */
function readWebp(bytes: Buffer): Image | undefined {
  if (bytes.length < 30 || nameAt(bytes, 0) !== 'RIFF' || nameAt(bytes, 8) !== 'WEBP') return undefined;
  if (bytes.readUInt32LE(4) + 8 !== bytes.length) return undefined;
  let at = 12;
  // Chunks have even lengths.
  while (at + 8 <= bytes.length) at += 8 + 2 * Math.ceil(bytes.readUInt32LE(at + 4) / 2);
  return at === bytes.length ? sizeOfWebp(bytes) : undefined;
}

function sizeOfWebp(bytes: Buffer): Image | undefined {
  const type = 'image/webp';
  const format = nameAt(bytes, 12);
  if (format === 'VP8X')
    return { type, width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) };
  if (format === 'VP8 ' && bytes.readUIntBE(23, 3) === 0x9d012a)
    return { type, width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  if (format === 'VP8L' && bytes[20] === 0x2f) {
    const bits = bytes.readUInt32LE(21);
    return { type, width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) };
  }
  return undefined;
}

function nameAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4);
}
