import { script } from '../../lib/lua-script.ts';
import type { RedisClient } from '../../lib/redis-client.ts';

/** Keys of one event, in the order of `KEYS` in the scripts: see `scripts/parts/arguments.lua`. */
export const KEYS = [
  'waiting',
  'inside',
  'called',
  'left',
  'lobby',
  'drawn',
  'state',
  'stats',
  'marks',
] as const;

/** The parts that every script begins with, in this order. */
const COMMON = ['arguments', 'room', 'people', 'notice-loss', 'entries', 'phase', 'reply'];

/** What else each verb is made of. */
const PARTS = {
  visit: ['admission', 'claim', 'counts', 'rates', 'estimate'],
  leave: ['claim', 'counts', 'rates'],
  admit: ['admission', 'counts', 'rates'],
  sweep: ['counts', 'rates'],
  overview: ['counts', 'rates'],
  clear: ['rates'],
  close: ['rates'],
  load: ['rates'],
  draw: ['counts', 'rates'],
} satisfies Record<string, string[]>;

export type Verb = keyof typeof PARTS;
export type Argument = string | number;
export type Script = (...args: Argument[]) => Promise<Argument[]>;

/** One script for each verb of the waiting room: one round trip each. */
export function loadScripts(redis: RedisClient): Record<Verb, Script> {
  const load = (verb: string, parts: string[]) =>
    script<Argument[]>(
      redis,
      `waiting-room-${verb}`,
      KEYS.length,
      ...[...COMMON, ...parts].map((part) => new URL(`./scripts/parts/${part}.lua`, import.meta.url)),
      new URL(`./scripts/${verb}.lua`, import.meta.url),
    );
  return Object.fromEntries(
    Object.entries(PARTS).map(([verb, parts]) => [verb, load(verb, parts)]),
  ) as Record<Verb, Script>;
}
