import { findRedis } from '../../../src/embedded/redis/redis.ts';
import { installPackage } from '../install-package.ts';

/** What there is of a real Redis: a program that each process of tests starts for itself, or a server that all of them share. */
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
  if (!findRedis()) installPackage('redis-server', 'The tests need a real Redis and there is none');
  const program = findRedis();
  if (!program) {
    // Not thrown: the runner would bury the line under a stack, and say that there are no tests.
    console.error(
      'The tests need a real Redis: install redis-server or valkey-server (apt, dnf, brew), or set REDIS_HOST',
    );
    process.exit(1);
  }
  return { program, shared: null };
}
