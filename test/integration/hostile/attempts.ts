import { gzipSync } from 'node:zlib';
import type { OperationId } from '../../contract/answers.ts';
import { forge, inSeconds, unsigned } from '../../contract/tokens.ts';
import type { World } from './world.ts';

/** In what a request differs from an honest one of its operation. */
export interface Change {
  method?: string;
  /** Instead of the whole path and query; what begins with `?` is put behind the path. */
  url?: string;
  headers?: Record<string, string>;
  /** An object goes out as JSON, a list of chunks without saying how long it is. */
  payload?: object | string | Buffer[];
}

/** The hostile part, the answer, and the change to an honest request. */
export type Attempt = [what: string, answer: string, change: (world: World) => Change];
export type Attempts = [operationId: OperationId, attempts: Attempt[]];

export const INVALID = '400 VALIDATION_FAILED';
export const MALFORMED = '400 MALFORMED_BODY';
export const TOO_LARGE = '413 BODY_TOO_LARGE';
const NOT_JSON = '415 UNSUPPORTED_MEDIA_TYPE';

export const text = (payload: string | Buffer, headers: Record<string, string> = {}): Change => ({
  payload: [Buffer.from(payload)],
  headers,
});
const type = (contentType: string, payload: string) => () => text(payload, { 'content-type': contentType });

const entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>';

/** Wrong for every operation that reads a body. */
export const bodies: Attempt[] = [
  ['broken JSON', MALFORMED, () => text('{"eventId": ')],
  ['JSON with a comment', MALFORMED, () => text('{} // hello')],
  ['a NUL byte', MALFORMED, () => text('{"eventId": "\0"}')],
  ['UTF-16', MALFORMED, () => text(Buffer.from('{"eventId": "x"}', 'utf16le'))],
  ['compressed JSON', MALFORMED, () => text(gzipSync('{}'), { 'content-encoding': 'gzip' })],
  ['__proto__', MALFORMED, () => text('{"__proto__": {"role": "admin"}}')],
  ['constructor.prototype', MALFORMED, () => text('{"constructor": {"prototype": {"role": "admin"}}}')],
  ['20 MB', TOO_LARGE, () => ({ payload: `{"eventId": "${'x'.repeat(20_000_000)}"}` })],
  ['20 MB in pieces', TOO_LARGE, () => ({ payload: Array<Buffer>(400).fill(Buffer.alloc(50_000, ' ')) })],
  ['form fields', NOT_JSON, type('application/x-www-form-urlencoded', 'a=b')],
  ['plain text', NOT_JSON, type('text/plain', '{}')],
  ['XML', NOT_JSON, type('application/xml', entity)],
  ['a file', NOT_JSON, type('multipart/form-data; boundary=x', '--x--')],
  ['a type that is none', NOT_JSON, type(';;;', '{}')],
];

/** The bodies of an operation that asks for more than a token, without those that take long. */
export const quickBodies = (honest: (world: World) => Change): Attempt[] =>
  bodies
    .filter(([, answer]) => answer !== TOO_LARGE)
    .map(([what, answer, change]) => [
      what,
      answer,
      (world) => {
        const [sound, changed] = [honest(world), change(world)];
        return { ...sound, ...changed, headers: { ...sound.headers, ...changed.headers } };
      },
    ]);

const claims = ({ attacker }: World, more: object = {}) => ({
  userId: attacker,
  role: 'admin',
  exp: inSeconds(60),
  ...more,
});

const token = (make: (world: World) => string) => (world: World) => ({
  headers: { authorization: make(world) },
});
const foreign = { secret: 'x'.repeat(64) };
const rsa = { header: { alg: 'RS256', typ: 'JWT' } };

/** Wrong for every operation that isn't public. */
export const tokens: Attempt[] = [
  ['no token', '401 UNAUTHENTICATED', token(() => '')],
  ['alg none', '401 TOKEN_INVALID', token((world) => `Bearer ${unsigned(claims(world))}`)],
  ['an expired token', '401 TOKEN_EXPIRED', token((world) => `Bearer ${forge(claims(world, { exp: 1 }))}`)],
  ['a foreign token', '401 TOKEN_INVALID', token((world) => `Bearer ${forge(claims(world), foreign)}`)],
  ['a token without a user', '401 TOKEN_INVALID', token(() => `Bearer ${forge({ exp: inSeconds(60) })}`)],
  ['a token without claims', '401 TOKEN_INVALID', token(() => `Bearer ${forge(null)}`)],
  ['another scheme', '401 UNAUTHENTICATED', token((world) => `Nonsense ${forge(claims(world))}`)],
  ['RS256 by our secret', '401 TOKEN_INVALID', token((world) => `Bearer ${forge(claims(world), rsa)}`)],
  [
    'a token in the query alone',
    '401 UNAUTHENTICATED',
    (world) => ({ headers: { authorization: '' }, url: `?token=${forge(claims(world))}` }),
  ],
];
