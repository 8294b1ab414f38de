import { hash } from 'node:crypto';
import type { Coding } from './coding.ts';
import { compress } from './compress.ts';

/** The bytes of a body in one coding. */
export interface Representation {
  readonly coding: Coding;
  readonly bytes: Buffer;
  /** The bytes as Latin-1 text, made by `send.ts` when they are first sent. */
  text?: string;
}

/** A body as bytes. Its ETag is weak, because it is the same for each coding. */
export interface Answer {
  /** Its media type. Left out for JSON. */
  readonly type?: string;
  /** `W/"…"` */
  readonly etag: string;
  /** The codings that `represent` takes, apart from identity. */
  readonly codings: readonly Coding[];
  /** The body in a coding, made when it is first asked for; or as it is, where compressing it doesn't pay now. */
  represent(coding: Coding): Representation | Promise<Representation>;
}

/** Below this size a compressed body saves no packet. */
export const MIN_BYTES = 1_024;
const COMPRESSED: readonly Coding[] = ['br', 'gzip'];
const NONE: readonly Coding[] = [];

/** An answer that is compressed once for each coding that is asked for. Requests that ask meanwhile wait for the same bytes. */
export class PreparedAnswer implements Answer {
  readonly etag: string;
  readonly codings: readonly Coding[];
  readonly identity: Representation;
  readonly #compressed = new Map<Coding, Representation | Promise<Representation>>();

  /** @param version names this state of the body, on every instance alike; without it, the ETag is a hash of the body */
  constructor(bytes: Buffer, version?: string) {
    this.identity = { coding: 'identity', bytes };
    this.etag = `W/"${version ?? hash('sha1', bytes, 'base64url')}"`;
    this.codings = bytes.length < MIN_BYTES ? NONE : COMPRESSED;
  }

  represent(coding: Coding): Representation | Promise<Representation> {
    if (coding === 'identity') return this.identity;
    const known = this.#compressed.get(coding);
    if (known !== undefined) return known;
    const compressed = compress(this.identity.bytes, coding);
    if (compressed === undefined) return this.identity;
    if (Buffer.isBuffer(compressed)) return this.#keep(coding, compressed);

    const making = compressed.then(
      (bytes) => this.#keep(coding, bytes),
      () => this.identity,
    );
    this.#compressed.set(coding, making);
    return making;
  }

  #keep(coding: Coding, bytes: Buffer): Representation {
    const representation = { coding, bytes };
    this.#compressed.set(coding, representation);
    return representation;
  }
}

/**
 * @typeParam Body the answer as the contract defines it, because the bytes bypass the route's serializer
 * @param version see PreparedAnswer
 */
export function prepare<Body>(body: Body, version?: string): PreparedAnswer {
  return new PreparedAnswer(Buffer.from(JSON.stringify(body)), version);
}
