import { promisify } from 'node:util';
import { type BrotliOptions, brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib';
import type { Coding } from './coding.ts';

/** Up to this size, the thread pool costs more than the 0.3 ms that the event loop would be blocked. */
const AT_ONCE_BYTES = 32 * 1024;
/** Compressions in the thread pool and waiting for it. It has 4 threads, which also read files and names. */
const MAX_WAITING = 8;

/** Quality 4 takes as long as gzip's level 6, and is 10 % smaller. 5 takes twice as long for 2 %. */
const BROTLI: BrotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const atOnce = {
  br: (body: Buffer) => brotliCompressSync(body, BROTLI),
  gzip: (body: Buffer) => gzipSync(body),
};
const brotliInPool = promisify<Buffer, BrotliOptions, Buffer>(brotliCompress);
const gzipInPool = promisify<Buffer, Buffer>(gzip);
const inPool = { br: (body: Buffer) => brotliInPool(body, BROTLI), gzip: gzipInPool };

let waiting = 0;

/**
 * Compresses small bodies at once and others in the thread pool, so that the event loop goes on.
 *
 * @returns `undefined` if too many others wait for the thread pool: then sending the body as it is costs less than waiting
 */
export function compress(
  body: Buffer,
  coding: Exclude<Coding, 'identity'>,
): Buffer | Promise<Buffer> | undefined {
  if (body.length <= AT_ONCE_BYTES) return atOnce[coding](body);
  if (waiting >= MAX_WAITING) return undefined;
  waiting++;
  return inPool[coding](body).finally(() => {
    waiting--;
  });
}
