import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { statement } from '../../../src/database/statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'tiketi-statements-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('statements of two folders have two names, even if their files have the same name', () => {
  const names = ['one', 'two'].map((part) => {
    const file = join(folder, part, 'sql/lock.sql');
    mkdirSync(join(folder, part, 'sql'), { recursive: true });
    writeFileSync(file, 'SELECT 1');
    return statement(pathToFileURL(file))([]).name;
  });
  expect(names).toEqual(['one/lock', 'two/lock']);
});
