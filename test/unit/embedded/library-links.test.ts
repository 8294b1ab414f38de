import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkLibraries } from '../../../src/embedded/postgres/library-links.ts';

let folder: string;
let libraries: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tiketi-links-'));
  libraries = join(folder, 'native/lib');
  mkdirSync(libraries, { recursive: true });
  writeFileSync(join(libraries, 'libpq.so.5.18'), 'the library');
  list({
    'native/lib/libpq.so': 'native/lib/libpq.so.5.18',
    'native/lib/libpq.so.5': 'native/lib/libpq.so.5.18',
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

function list(links: Record<string, string>): void {
  const entries = Object.entries(links).map(([target, source]) => ({ source, target }));
  writeFileSync(join(folder, 'native/pg-symlinks.json'), JSON.stringify(entries));
}

function expectLinked(): void {
  for (const name of ['libpq.so', 'libpq.so.5']) {
    expect(readlinkSync(join(libraries, name))).toBe('libpq.so.5.18');
    expect(readFileSync(join(libraries, name), 'utf8')).toBe('the library');
  }
  expect(readdirSync(folder)).toEqual(['native']);
}

const lastChanges = () => [folder, libraries].map((path) => statSync(path, { bigint: true }).ctimeNs);

test('the links that a package lists are made, and a second start writes nothing', () => {
  linkLibraries(folder);
  expectLinked();
  const before = lastChanges();
  linkLibraries(folder);
  expect(lastChanges()).toEqual(before);
});

test('a link that leads nowhere is replaced', () => {
  symlinkSync('libpq.so.5.17', join(libraries, 'libpq.so.5'));
  linkLibraries(folder);
  expectLinked();
});

test('a link that a killed start left behind stops no later start', () => {
  // In a container, every start has the same pid.
  const leftover = join(folder, `link-${process.pid}`);
  symlinkSync('native/lib/libpq.so.5.18', leftover);
  linkLibraries(folder);
  rmSync(leftover);
  expectLinked();
});

test('a file in place of a link stays, as when a copy followed the links', () => {
  writeFileSync(join(libraries, 'libpq.so'), 'a copy');
  linkLibraries(folder);
  expect(readFileSync(join(libraries, 'libpq.so'), 'utf8')).toBe('a copy');
});

test('several processes can make them at once', async () => {
  const module = join(import.meta.dirname, '../../../src/embedded/postgres/library-links.ts');
  const script = `import { linkLibraries } from ${JSON.stringify(module)};
    process.stdin.once('data', () => { linkLibraries(${JSON.stringify(folder)}); process.exit(); });
    console.log('waiting');`;
  const processes = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  await Promise.all(processes.map(({ stdout }) => once(stdout, 'data')));
  const ends = processes.map((each) => once(each, 'exit'));
  for (const { stdin } of processes) stdin.write('go\n');
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0, 0]);
  expectLinked();
});

test('a link that can not be made is named, with the reason', () => {
  writeFileSync(join(folder, 'native/file'), '');
  list({ 'native/file/libpq.so': 'native/lib/libpq.so.5.18' });
  expect(() => linkLibraries(folder)).toThrow(
    /^PostgreSQL needs the link .*native.file.libpq\.so, which can't be made \((ENOTDIR|ENOENT)/,
  );
  expect(readdirSync(folder)).toEqual(['native']);
});

test('a package without links needs none', () => {
  rmSync(join(folder, 'native/pg-symlinks.json'));
  linkLibraries(folder);
  expect(readdirSync(libraries)).toEqual(['libpq.so.5.18']);
});
