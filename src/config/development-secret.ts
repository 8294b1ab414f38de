import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The JWT secret of a service that was started without one, outside production: random, so that a forgotten NODE_ENV
 * doesn't open the service to everybody who read the source; kept, so that `npm run token` and a second start agree with it.
 */
export function developmentSecret(dataDirectory: string): string {
  const file = join(dataDirectory, 'jwt-secret');
  mkdirSync(dataDirectory, { recursive: true });
  try {
    // 'wx' makes the first of two processes that start at once the one that decides.
    writeFileSync(file, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
