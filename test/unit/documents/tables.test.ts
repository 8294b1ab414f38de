import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { variables } from '../../../src/config/environment.ts';
import type { Variable } from '../../../src/config/variable.ts';
import { routes } from '../../../src/contract/routes.ts';
import { clientEventSchemas, serverEventSchemas } from '../../../src/contract/socket.ts';
import { catalogue } from '../../../src/errors/catalogue.ts';
import { MARKED, RULES, type Rule } from '../../../src/import/rules.ts';
import { queueRows } from '../../bench/queue/bench.ts';
import { codeIn, project, read, table } from '../../support/documents.ts';

/** What a table names in code in its first cells. */
const named = (rows: string[][]) => rows.flatMap(([first]) => codeIn(first));

test('every variable is documented with its default, what it accepts and its meaning', () => {
  const page = read('docs/configuration.md');
  const rows = [...page.matchAll(/^\| (`[A-Z].*) \|$/gm)].map(([, row]) => row?.split(' | '));
  const expected = Object.entries<Variable<unknown>>(variables).map(
    ([name, { fallback, fallbackNote, expected, about }]) => [
      `\`${name}\``,
      fallback === undefined ? fallbackNote : `\`${fallback}\``,
      expected,
      about,
    ],
  );
  expect(rows).toEqual(expected);
});

test('every npm script is explained, and no script that does not exist', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
  const command = (name: string) => `npm ${['start', 'test'].includes(name) ? '' : 'run '}${name}`;
  const explained = named(table('CONTRIBUTING.md', 'command', 'what it does'));
  expect(explained.sort()).toEqual(Object.keys(scripts).map(command).sort());
});

test('every operation is listed with its address and who may call it', () => {
  const callers = {
    public: 'anyone',
    user: 'user',
    organizer: 'organizer',
    admin: 'admin',
    service: 'service',
  };
  const rows = table('docs/api.md', 'operation', 'method and path', 'who', 'what it does');
  const documented = rows.map(([name, address, who]) => [...codeIn(name), ...codeIn(address), who]);
  const operations = Object.entries(routes).map(([name, { method, url, config }]) => [
    name,
    `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`,
    // The one operation that asks for a token of its own.
    name === 'getMetrics' ? '`METRICS_TOKEN`' : callers[config.auth],
  ]);
  expect(documented.sort()).toEqual(operations.sort());
});

describe.each([
  ['client → service', 'what it does', clientEventSchemas],
  ['service → client', 'when, and to whom', serverEventSchemas],
] as const)('the events %s', (direction, meaning, schemas) => {
  const rows = table('docs/realtime.md', direction, 'payload', meaning);

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

test('every error code is documented with its status, and no other code', () => {
  const rows = table('docs/api.md', 'status', 'code', 'what it means');
  const documented = rows.flatMap(([status, codes]) => codeIn(codes).map((code) => `${status} ${code}`));
  const thrown = Object.entries(catalogue).map(([code, { status }]) => `${status} ${code}`);
  expect(documented.sort()).toEqual(thrown.sort());
});

test('the page on the architecture describes every folder of src/', () => {
  const folders = readdirSync(join(project, 'src'), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  const described = table('docs/architecture.md', 'folder', 'contents').join();
  expect(folders.filter(({ name }) => !described.includes(`](../src/${name}/)`))).toEqual([]);
});

test('the page on benchmarks explains every option, and every row of the waiting room', () => {
  const options = read('test/bench/main.ts').matchAll(/^ {2}(--\w+)/gm);
  const explained = named(table('docs/benchmarks.md', 'option', 'effect')).map(
    (usage) => usage.split(' ')[0],
  );
  expect(explained.sort()).toEqual([...options].map(([, option]) => option).sort());
  const rows = table('docs/benchmarks.md', 'row', 'work', 'measured', 'target');
  expect(named(rows)).toEqual(queueRows);
});

test('every error reply of Redis that the service waits for is explained by what the log says', () => {
  const known = read('src/errors/redis-failures.ts').matchAll(/^ {2}([A-Z]+): (?:moved|stays)\('(.*)'\)/gm);
  const rows = table('docs/troubleshooting.md', 'Redis …', 'its reply', 'what to do');
  expect(rows.map(([reason, reply]) => [...codeIn(reply), reason])).toEqual(
    [...known].map(([, reply, reason]) => [reply, reason]),
  );
});

test('every rule of the import is explained', () => {
  const rows = table('docs/import.md', 'rule', 'what it settles, and how');
  expect(rows.map(([rule, meaning]) => [...codeIn(rule), meaning])).toEqual(
    Object.entries(RULES).map(([rule, meaning]) => [
      rule,
      `${meaning}${MARKED.includes(rule as Rule) ? ' ●' : ''}`,
    ]),
  );
});
