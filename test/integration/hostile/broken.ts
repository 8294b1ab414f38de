/** Bytes that are no request, or hardly one: what it is, what it is answered, and the bytes. */
export type Broken = [what: string, answer: string, bytes: string];

const INVALID = '400 VALIDATION_FAILED';
/** Refused by its headers, before its body can be looked at. */
const UNAUTHENTICATED = '401 UNAUTHENTICATED';
const NOWHERE = '404 ROUTE_NOT_FOUND';
const TOO_LARGE = '431 HEADERS_TOO_LARGE';

const get = (path: string, ...headers: string[]) =>
  `GET ${path} HTTP/1.1\r\n${['Host: x', ...headers, '', ''].join('\r\n')}`;
const post = (...headers: string[]) =>
  `POST /api/v1/reservations HTTP/1.1\r\n${['Host: x', 'Content-Type: application/json', ...headers, '', ''].join('\r\n')}`;
const many = Array.from({ length: 2_000 }, (_, index) => `X-${index}: y`);

export const broken: Broken[] = [
  ['not HTTP', INVALID, 'HELLO\r\n\r\n'],
  ['a TLS greeting', INVALID, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['an unknown method', INVALID, 'BREW /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['HTTP/3 in text', INVALID, 'GET /api/v1/events HTTP/3.0\r\nHost: x\r\n\r\n'],
  ['a blank in the path', INVALID, get('/api/v1/ events')],
  ['a NUL in the path', INVALID, get('/api/v1/events/\0')],
  ['a header without a name', INVALID, get('/api/v1/events', ': nothing')],
  ['a NUL in a header', INVALID, get('/api/v1/events', 'X-Zero: \0')],
  ['a header folded over two lines', INVALID, get('/api/v1/events', 'X-Long: a', ' b')],
  ['a malformed percent escape', INVALID, get('/api/v1/events/%zz')],
  ['a path out of the docs', INVALID, get('/docs/static/../../../../etc/passwd')],
  ['an escaped path out of the docs', NOWHERE, get('/docs/static/%2e%2e%2f%2e%2e%2fpackage.json')],
  ['two slashes', NOWHERE, get('//api/v1/events')],
  ['__proto__ as path', NOWHERE, get('/__proto__/constructor')],
  ['a tunnel', NOWHERE, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'],
  ['a header of 100 KB', TOO_LARGE, get('/api/v1/events', `X-Big: ${'a'.repeat(100_000)}`)],
  ['a URL of 100 KB', TOO_LARGE, get(`/api/v1/events?q=${'a'.repeat(100_000)}`)],
  ['2,000 headers', TOO_LARGE, get('/api/v1/events', ...many)],
  ['a negative length', INVALID, post('Content-Length: -1')],
  ['two lengths', INVALID, post('Content-Length: 2', 'Content-Length: 3')],
  ['a length and pieces', INVALID, `${post('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
  ['an unknown encoding', UNAUTHENTICATED, post('Transfer-Encoding: bogus')],
  ['two Hosts', INVALID, get('/api/v1/events', 'Host: y')],
  [
    'two tokens',
    INVALID,
    get('/api/v1/reservations/my', 'Authorization: Bearer x', 'Authorization: Bearer y'),
  ],
  ['two keys', INVALID, post('Idempotency-Key: x', 'Idempotency-Key: y')],
  ['no Host', INVALID, 'GET /api/v1/events HTTP/1.1\r\n\r\n'],
];
