import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { developmentSecret } from '../../../src/config/development-secret.ts';

const root = mkdtempSync(join(tmpdir(), 'tiketi-secret-'));
afterAll(() => rmSync(root, { recursive: true }));

test('the secret is long enough, made once and kept for its owner alone', () => {
  const folder = join(root, 'data');
  const secret = developmentSecret(folder);
  expect(secret).toMatch(/^[\w-]{64}$/);
  expect(developmentSecret(folder)).toBe(secret);
  expect(statSync(join(folder, 'jwt-secret')).mode & 0o777).toBe(0o600);
});

test('each folder has a secret of its own', () => {
  expect(developmentSecret(join(root, 'a'))).not.toBe(developmentSecret(join(root, 'b')));
});
