import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes the JWT secret of a service that was started without one, outside production. It is random, so that a forgotten
 * NODE_ENV doesn't open the service to everyone who read the source. The folder keeps it, so that `npm run token` and
 * the next start use the same one.
 */
export function developmentSecret(dataDirectory: string): string {
  const file = join(dataDirectory, 'jwt-secret');
  mkdirSync(dataDirectory, { recursive: true });
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, randomBytes(48).toString('base64url'), { mode: 0o600 });
  try {
    // When two processes start at once, the first link decides, and neither reads half a secret.
    linkSync(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(fresh);
  }
  return readFileSync(file, 'utf8');
}
