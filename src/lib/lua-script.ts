import { readFileSync } from 'node:fs';
import { tracing } from '../tracing/tracing.ts';
import type { RedisClient } from './redis-client.ts';

type Argument = string | number;

/**
 * Makes a function of Lua sources. A call is one round trip that sends the script's hash; only a Redis that doesn't know the script
 * gets its text.
 *
 * @param name unique in the process
 * @param keyCount how many arguments are keys; they come first. If it varies, `undefined`: then each call passes it first
 * @param sources files, joined in this order
 */
export function script<Reply>(
  redis: RedisClient,
  name: string,
  keyCount: number | undefined,
  ...sources: URL[]
): (...args: Argument[]) => Promise<Reply> {
  redis.defineCommand(name, {
    ...(keyCount !== undefined && { numberOfKeys: keyCount }),
    lua: sources.map((source) => readFileSync(source, 'utf8')).join('\n'),
  });
  const commands = redis as unknown as Record<string, (...args: Argument[]) => Promise<Reply>>;
  const run = (args: Argument[]) =>
    (commands[name] as (...args: Argument[]) => Promise<Reply>).apply(redis, args);
  return (...args) => (tracing ? tracing.script(name, () => run(args)) : run(args));
}
