import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findRedis } from '../../../src/embedded/redis/redis.ts';

/** What there is of a real Redis: a program that each test file starts for itself, or a server that all of them share. */
export interface AvailableRedis {
  program: string | null;
  shared: { host: string; port: number; password?: string } | null;
}

/**
 * REDIS_HOST where it is set, else what is installed, else what can be installed. Where that is up to the person, the
 * run ends here.
 */
export function provideRedis(): AvailableRedis {
  const host = process.env.REDIS_HOST;
  const password = process.env.REDIS_PASSWORD;
  if (host) {
    const port = Number(process.env.REDIS_PORT || 6379);
    return { program: findRedis() ?? null, shared: { host, port, ...(password && { password }) } };
  }
  const program = findRedis() ?? installRedis();
  if (!program) {
    // Not thrown: the runner would bury the line under a stack, and say that there are no tests.
    console.error(
      'The tests need a real Redis: install redis-server or valkey-server (apt, dnf, brew), or set REDIS_HOST',
    );
    process.exit(1);
  }
  return { program, shared: null };
}

function installRedis(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return undefined;
  console.info('The tests need a real Redis and there is none: installing redis-server with apt-get');
  // RUNLEVEL=1 keeps the package from starting a service of its own: the tests start theirs.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const aptGet = (...args: string[]) =>
    execFileSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  try {
    aptGet('update');
  } catch {
    // One source of several may be out of reach, or another apt-get at work: what is known may do.
  }
  try {
    aptGet('install', '-y', '--no-install-recommends', 'redis-server');
  } catch (error) {
    console.warn(`apt-get couldn't install redis-server: ${(error as Error).message}`);
  }
  return findRedis();
}
