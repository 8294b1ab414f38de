import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import RedisMock from 'ioredis-mock';

type Command = (...args: (string | number)[]) => Promise<unknown>;

/** Parts of ioredis-mock that its types omit. */
interface MockInternals {
  eval: Command;
  duplicate(override?: object): MockInternals;
  defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }): void;
  customCommands: Record<string, Command>;
}
type ReplyTransformer = (reply: unknown, context?: { protocol: number; replyMapping: string }) => unknown;

const [before = '', after = ''] = readFileSync(new URL('./mock-redis.lua', import.meta.url), 'utf8').split(
  '--SCRIPT',
);
const embed = (script: string) => `${before}\n${script}\n${after}`;
const hash = (script: string) => createHash('sha1').update(script).digest('hex');
/** Scripts by their hash. As in a server, all clients share them. */
const loaded = new Map<string, string>();

/**
 * A Redis inside this process, for a machine that has none. All clients of the process see the same data.
 *
 * It is ioredis-mock, corrected where its scripts and replies differ from a real Redis in ways that matter here.
 * Remaining differences: numbers are Lua 5.3's with 32-bit integers (`10 / 5 .. ''` is `2.0`, so build strings with
 * `string.format('%.0f', n)`), score bounds are cut to whole numbers, an emptied sorted set still EXISTS, and there is
 * no cjson.
 */
export function createMockRedis(): Redis {
  toleratePlainReplies();
  const client = new RedisMock();
  correct(client as unknown as MockInternals);
  return client;
}

function correct(client: MockInternals): void {
  const original = {
    eval: client.eval.bind(client),
    duplicate: client.duplicate.bind(client),
    defineCommand: client.defineCommand.bind(client),
  };
  const evaluate: Command = (script, ...args) => {
    loaded.set(hash(String(script)), String(script));
    return asRedis(original.eval(embed(String(script)), ...args));
  };
  Object.assign(client, {
    // In the same process, so always connected.
    status: 'ready',
    eval: evaluate,
    evalsha: async (sha: string, ...args: string[]) => {
      const script = loaded.get(sha);
      if (script === undefined) throw new Error('NOSCRIPT No matching script. Please use EVAL.');
      return evaluate(script, ...args);
    },
    script: async (verb: string, ...args: string[]) => {
      if (/^load$/i.test(verb)) return load(String(args[0]));
      if (/^exists$/i.test(verb)) return args.flat().map((sha) => (loaded.has(sha) ? 1 : 0));
      throw new Error(`ERR SCRIPT ${verb} is not supported by the embedded Redis`);
    },
    defineCommand(name: string, definition: { lua: string; numberOfKeys?: number }) {
      original.defineCommand(name, { ...definition, lua: embed(definition.lua) });
      const run = client.customCommands[name] as Command;
      // Without a number of keys the first argument is their number, as it is for EVAL. ioredis-mock takes every argument for a key.
      const command: Command =
        definition.numberOfKeys === undefined
          ? (...args) => evaluate(definition.lua, ...args)
          : (...args) => asRedis(run(...args));
      // Pipelines look it up in `customCommands`.
      Object.assign(client, { [name]: command });
      client.customCommands[name] = command;
    },
    duplicate(override?: object) {
      const copy = original.duplicate(override);
      correct(copy);
      return copy;
    },
  });
}

function load(script: string): string {
  const sha = hash(script);
  loaded.set(sha, script);
  return sha;
}

async function asRedis(reply: Promise<unknown>): Promise<unknown> {
  try {
    return toReply(await reply);
  } catch (error) {
    throw new Error(
      (error as Error).message.replace(/^Error trying to loading or executing lua code string in VM: /, ''),
    );
  }
}

/** Converts a Lua value to the reply that Redis would send. */
function toReply(value: unknown): unknown {
  if (value === undefined || value === null || value === false) return null;
  if (value === true) return 1;
  if (typeof value === 'number') return Math.trunc(value);
  return Array.isArray(value) ? value.map(toReply) : value;
}

let tolerant = false;

/** ioredis 6 passes the protocol to its reply transformers. ioredis-mock, made for ioredis 5, passes nothing. */
function toleratePlainReplies(): void {
  if (tolerant) return;
  tolerant = true;
  const { Command } = RedisMock as unknown as {
    Command: { transformers: { reply: Record<string, ReplyTransformer> } };
  };
  const transformers = Command.transformers.reply;
  for (const [name, transform] of Object.entries(transformers))
    transformers[name] = (reply, context = { protocol: 2, replyMapping: 'legacy' }) =>
      transform(reply, context);
}
