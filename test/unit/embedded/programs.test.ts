import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findPrograms, whyNotRunnable } from '../../../src/embedded/postgres/programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'tiketi-programs-'));
const program = join(folder, 'postgres');
afterAll(() => rmSync(folder, { recursive: true }));

test('a program that runs has no problem', () => {
  expect(whyNotRunnable(process.execPath)).toBeUndefined();
});

test.runIf(process.platform === 'linux')(
  'PostgreSQL away from its libraries names the missing one',
  async () => {
    const { postgres } = await findPrograms();
    writeFileSync(program, readFileSync(postgres), { mode: 0o755 });
    expect(whyNotRunnable(program)).toMatch(
      /error while loading shared libraries: lib\S+: cannot open shared object/,
    );
  },
);

test.runIf(process.platform === 'linux')('a program for another processor is called one', () => {
  // Bytes 18 and 19 of an ELF file say the machine; none has this number.
  const head = readFileSync(process.execPath).subarray(0, 4_096);
  head.writeUInt16LE(0xfffe, 18);
  writeFileSync(program, head, { mode: 0o755 });
  expect(whyNotRunnable(program)).toBe(`${program} is damaged, or no program for ${process.arch}`);
});

test.skipIf(process.platform === 'win32')('a file that is not executable, and one that is missing', () => {
  const plain = join(folder, 'plain');
  writeFileSync(plain, '', { mode: 0o644 });
  expect(whyNotRunnable(plain)).toBe(`spawnSync ${plain} EACCES`);
  const missing = join(folder, 'missing');
  expect(whyNotRunnable(missing)).toBe(`spawnSync ${missing} ENOENT`);
});

test.skipIf(process.platform === 'win32')(
  'a program whose loader is missing is told from a missing program',
  () => {
    const foreign = join(folder, 'foreign');
    writeFileSync(foreign, '#!/nowhere/loader\n', { mode: 0o755 });
    expect(whyNotRunnable(foreign)).toMatch(/^the system lacks the loader of /);
  },
);

test.skipIf(process.platform === 'win32')('an end without a word is told by its exit code', () => {
  const mute = join(folder, 'mute');
  writeFileSync(mute, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
  expect(whyNotRunnable(mute)).toBe(`${mute} ended with exit code 3`);
});
