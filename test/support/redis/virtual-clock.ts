import type { Cluster, Redis } from 'ioredis';

type Command = (...args: (string | number)[]) => Promise<unknown>;
interface Definition {
  numberOfKeys?: number;
  lua: string;
}

/** Stands before a script: takes the time from the last argument, and answers TIME with it. */
const CLOCK = `
  local virtualNow = tonumber(table.remove(ARGV))
  local redis = setmetatable({
    call = function(command, ...)
      if command ~= 'TIME' then return redis.call(command, ...) end
      local seconds = math.floor(virtualNow / 1000)
      return { seconds, (virtualNow - seconds * 1000.0) * 1000 }
    end,
  }, { __index = redis })
`;

/**
 * A client whose scripts get their time from `now`. Everything else goes to Redis as it is; keys still expire by the clock of Redis.
 *
 * @param now in ms since 1970
 */
export function withVirtualClock<Client extends Redis | Cluster>(redis: Client, now: () => number): Client {
  const scripts = new Map<PropertyKey, Command>();
  const defineCommand = (name: string, { lua, ...definition }: Definition) => {
    const virtual = `virtual-${name}`;
    redis.defineCommand(virtual, { ...definition, lua: CLOCK + lua });
    const commands = redis as unknown as Record<string, Command>;
    scripts.set(name, (...args) => (commands[virtual] as Command).call(redis, ...args, now()));
  };
  return new Proxy(redis, {
    get(target, name) {
      if (name === 'defineCommand') return defineCommand;
      const value: unknown = scripts.get(name) ?? Reflect.get(target, name);
      return typeof value === 'function' && !scripts.has(name) ? value.bind(target) : value;
    },
  });
}
