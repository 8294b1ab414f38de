import { randomBytes } from 'node:crypto';
import fp from 'fastify-plugin';
import { script } from '../../lib/lua-script.ts';
import { every } from '../../lib/repeat.ts';
import { type Report, Reporter } from './report.ts';

declare module 'fastify' {
  interface FastifyInstance {
    instances: Instances;
  }
}

export interface Instance {
  id: string;
  seenAt: string;
  report: Report;
}

interface Instances {
  /** The live instances. Without Redis this one alone, and `complete` is false. Waits for 100 ms at most, and never rejects. */
  read(): Promise<{ complete: boolean; instances: Instance[] }>;
}

const REPORT_EVERY_MS = 2_000;
/** An instance that is killed is left out so much later. It misses five reports before. */
const REPORT_COUNTS_MS = 10_000;

/** Instances tell each other how they are, in one hash of Redis. */
export default fp(
  async (app) => {
    const { redis, redisHealth, redisPrefix, log } = app;
    // The format of the reports is part of the name, so that instances of two builds don't misread each other.
    const key = `${redisPrefix}:instances:1`;
    const share = script<string[]>(redis, 'shareInstance', 1, new URL('./share.lua', import.meta.url));
    const id = app.peers.id ?? randomBytes(4).toString('hex');
    const reporter = new Reporter(app);
    let stopSharing: (() => Promise<void>) | undefined;

    /** Tells the others of this instance. @returns all of them, or `undefined` if Redis doesn't answer in time */
    async function exchange(report: Report): Promise<Instance[] | undefined> {
      if (!redisHealth.answers || !stopSharing) return undefined;
      const asked = share(key, id, JSON.stringify(report), REPORT_COUNTS_MS).then(parse, (err: Error) => {
        log.debug({ err }, 'the instances do not hear of each other');
        return undefined;
      });
      return await redisHealth.inTime(asked);
    }

    app.decorate('instances', {
      async read() {
        const report = await reporter.report();
        const all = await exchange(report);
        if (all) return { complete: true, instances: all };
        return { complete: false, instances: [{ id, seenAt: new Date().toISOString(), report }] };
      },
    } satisfies Instances);

    app.addHook('onReady', async () => {
      const tell = async () => void (await exchange(await reporter.report()));
      stopSharing = every(REPORT_EVERY_MS, tell, (err) => log.debug({ err }, 'no report of this instance'));
      await tell();
    });
    app.addHook('preClose', async () => {
      const stopped = stopSharing?.();
      // From here on a request shares nothing any more.
      stopSharing = undefined;
      await stopped;
      reporter.stop();
      if (redisHealth.answers) await redisHealth.inTime(redis.hdel(key, id).catch(() => 0));
    });
  },
  { name: 'instances', dependencies: ['peers', 'redis', 'database', 'realtime', 'request-metrics'] },
);

/** @param reply instance, `<time in ms>:<report>`, instance, … */
function parse(reply: string[]): Instance[] {
  const instances: Instance[] = [];
  for (let index = 0; index < reply.length; index += 2) {
    const [id, entry] = reply.slice(index, index + 2) as [string, string];
    const colon = entry.indexOf(':');
    const seenAt = new Date(Number(entry.slice(0, colon))).toISOString();
    instances.push({ id, seenAt, report: JSON.parse(entry.slice(colon + 1)) });
  }
  return instances;
}
