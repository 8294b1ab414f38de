import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

type Argument = string | number;

/**
 * Makes Lua sources a function: one round trip, sent by its hash, with the text only to a server that doesn't know it yet.
 *
 * @param name unique in the process
 * @param keyCount how many of the arguments are keys; they come first
 * @param sources files that are put together in this order
 */
export function script<Reply>(
  redis: Redis,
  name: string,
  keyCount: number,
  ...sources: URL[]
): (...args: Argument[]) => Promise<Reply> {
  redis.defineCommand(name, {
    numberOfKeys: keyCount,
    lua: sources.map((source) => readFileSync(source, 'utf8')).join('\n'),
  });
  const commands = redis as unknown as Record<string, (...args: Argument[]) => Promise<Reply>>;
  return (...args) => (commands[name] as (...args: Argument[]) => Promise<Reply>).apply(redis, args);
}
