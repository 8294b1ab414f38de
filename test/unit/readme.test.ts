import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Setting, settings } from '../../src/config/environment.ts';
import { routes } from '../../src/contract/routes.ts';
import { clientEventSchemas, serverEventSchemas } from '../../src/contract/socket.ts';
import { catalogue } from '../../src/errors/catalogue.ts';

const project = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(project, file), 'utf8');
const readme = read('README.md');

/** The rows of the table with this heading, each as the texts of its cells. */
function table(...heading: string[]): string[][] {
  const [, rows] = readme.split(`| ${heading.join(' | ')} |\n|${'---|'.repeat(heading.length)}\n`);
  if (rows === undefined) throw new Error(`The README has no table ${heading.join(', ')}`);
  const lines = rows.slice(0, `${rows}\n\n`.indexOf('\n\n')).split('\n');
  return lines.map((line) => line.slice(2, -2).split(' | '));
}

const codeIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);

/** What a table names in code in its first cells. */
const named = (rows: string[][]) => rows.flatMap(([first]) => codeIn(first));

test('the configuration table has every variable, with its default and its meaning', () => {
  const expected = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => [
    `\`${name}\``,
    setting.fallback === undefined ? setting.fallbackNote : `\`${setting.fallback}\``,
    setting.about,
  ]);
  expect(table('variable', 'default', 'meaning')).toEqual(expected);
});

test('every npm script is explained, and none that there is not', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
  const command = (name: string) => `npm ${['start', 'test'].includes(name) ? '' : 'run '}${name}`;
  expect(named(table('command', 'what it does')).sort()).toEqual(Object.keys(scripts).map(command).sort());
});

describe.each([
  ['client → service', 'what it does', clientEventSchemas],
  ['service → client', 'when, and to whom', serverEventSchemas],
] as const)('the events %s', (direction, meaning, schemas) => {
  const rows = table(direction, 'payload', meaning);

  test('are those of the contract, and no others', () => {
    expect(named(rows).sort()).toEqual(Object.keys(schemas).sort());
  });

  test('have the payloads of the contract', () => {
    const fields = Object.entries(schemas).map(([name, { properties }]) => [
      name,
      Object.keys(properties).sort(),
    ]);
    const documented = rows.map(([name, payload]) => [...codeIn(name), payload?.match(/\w+/g)?.sort()]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(fields));
  });
});

test('every error code is there with its status, and no other', () => {
  const rows = table('status', 'code', 'what it means');
  const documented = rows.flatMap(([status, codes]) => codeIn(codes).map((code) => `${status} ${code}`));
  const thrown = Object.entries(catalogue).map(([code, { status }]) => `${status} ${code}`);
  expect(documented.sort()).toEqual(thrown.sort());
});

test('the journey calls addresses of the contract', () => {
  const called = [...readme.matchAll(/curl .*?"\$api([^"?]+)/g)].map(([, path]) =>
    `/api/v1${path}`.replace(/\$\w+/g, ':id'),
  );
  expect(called.length).toBeGreaterThan(8);
  const known = Object.values(routes).map(({ url }) => url.replace(/:\w+/g, ':id'));
  for (const address of called) expect(known).toContain(address);
});

test.each(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'])('%s leads nowhere that is not there', (file) => {
  const links = [...read(file).matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link as string);
  const local = links.filter((link) => !/^(https?:|#)/.test(link));
  expect(local.filter((link) => !existsSync(join(project, link)))).toEqual([]);
  const headings = read(file).match(/^#+ .+$/gm) ?? [];
  const anchors = headings.map((line) => line.replace(/^#+ /, '#').toLowerCase().replaceAll(' ', '-'));
  for (const link of links.filter((each) => each.startsWith('#'))) expect(anchors).toContain(link);
});
