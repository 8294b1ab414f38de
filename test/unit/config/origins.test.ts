import { describe, expect, test } from 'vitest';
import { type AllowedOrigin, parseOrigins } from '../../../src/config/origins.ts';
import { development, problemsOf, production } from './problems.ts';

const allows = (allowed: AllowedOrigin[], origin: string) =>
  allowed.some((one) => (typeof one === 'string' ? one === origin : one.test(origin)));

test('origins are taken as browsers send them', () => {
  const FRONTEND_URL = 'https://Tickets.example/, http://localhost:3000,HTTPS://tickets.example:443';
  expect(production({ FRONTEND_URL }).frontendUrls).toEqual([
    'https://tickets.example',
    'http://localhost:3000',
    'https://tickets.example',
  ]);
});

describe('a pattern', () => {
  const allowed = parseOrigins('https://*.previews.example, http://*.Shop.example:8080') ?? [];

  test.each([
    'https://a.previews.example',
    'https://pr-12.previews.example',
    'https://xn--bj0bj06e.previews.example',
    'http://a.shop.example:8080',
  ])('allows %s', (origin) => {
    expect(allows(allowed, origin)).toBe(true);
  });

  test.each([
    'https://previews.example',
    'https://.previews.example',
    'https://a.b.previews.example',
    'https://previews.example.evil',
    'https://a.previews.example.evil',
    'https://evil.example/.previews.example',
    'https://evil.example#.previews.example',
    'https://evil.example?.previews.example',
    'https://evil.example:1@a.previews.example',
    'https://a.previewsxexample',
    'https://apreviews.example',
    'https://a.evilpreviews.example',
    'https://a.previews.example:8443',
    'http://a.previews.example',
    'https://A.previews.example',
    'https://a.previews.example/',
    'https://a.previews.example\n',
    'https://evil.example\nhttps://a.previews.example',
    `https://${'a'.repeat(64)}.previews.example`,
    'http://a.shop.example',
    'http://a.shop.example:80801',
    'null',
    '',
  ])('refuses %j', (origin) => {
    expect(allows(allowed, origin)).toBe(false);
  });
});

test.each([
  '*',
  'https://*',
  'https://*.com',
  'https://*.10.0.0.1',
  'https://*.*.example.com',
  'https://a.*.example.com',
  'https://a*.example.com',
  'https://*a.example.com',
  'https://*.example.com/shop',
  'https://*.user@example.com',
  '*.example.com',
  'wss://*.example.com',
  'https://tickets.example/shop',
  'https://tickets.example/?',
  'https://tickets.example/#top',
  'https://user@tickets.example',
  'tickets.example',
  'null',
  'https://tickets.example,',
])('FRONTEND_URL=%s stops the start', (FRONTEND_URL) => {
  expect(problemsOf(() => production({ FRONTEND_URL }))).toEqual([
    expect.stringMatching(/^FRONTEND_URL is ".*": expected http\(s\) origins/),
  ]);
});

describe('without FRONTEND_URL', () => {
  const anyPort = [
    'http://localhost:3000',
    'http://localhost:5173',
    'http://localhost:4173',
    'http://localhost',
    'http://127.0.0.1:5173',
  ];
  const lookAlikes = [
    'https://localhost:5173',
    'http://localhost.evil.example',
    'http://localhost:5173.evil.example',
    'http://evil.localhost:5173',
    'http://127.0.0.10:5173',
    'http://127x0.0.1:5173',
    'http://localhost:',
    'http://localhost:5173/',
    'null',
  ];

  test.each(anyPort)('development allows %s', (origin) => {
    expect(allows(development().frontendUrls, origin)).toBe(true);
  });

  test.each(lookAlikes)('development refuses %s', (origin) => {
    expect(allows(development().frontendUrls, origin)).toBe(false);
  });

  test('production allows the default of the reference alone', () => {
    expect(production().frontendUrls).toEqual(['http://localhost:3000']);
  });
});

test('a FRONTEND_URL that is set replaces the local origins in development as well', () => {
  const { frontendUrls } = development({ FRONTEND_URL: 'http://localhost:3000' });
  expect(frontendUrls).toEqual(['http://localhost:3000']);
});
