import { hash } from 'node:crypto';
import pg from 'pg';
import { RoundTrip } from '../../../../src/database/round-trip.ts';

/** What keeps transactions apart, as the service's own statements say it, and the text that replaces it. */
const guards = {
  'row locks': [/\bfor no key update( of "\w+")?( skip locked)?/gi, ''],
  'user locks': [/\bpg_advisory_xact_lock\(number\)/g, 'number IS NULL'],
  'key locks': [/\bpg_try_advisory_xact_lock\((hashtextextended\([^)]+\))\)/g, '($1 IS NOT NULL)'],
} as const;

export type Guard = keyof typeof guards;

type Query = (this: pg.Client, first: unknown, ...rest: unknown[]) => unknown;

/**
 * Takes guards out of every statement that this process sends to a database while the work lasts. The service still makes its own
 * decisions in its own transactions, but they are no longer kept apart.
 *
 * @throws if a guard was in no statement, since a control that strips no guard proves nothing
 */
export async function without<T>(
  taken: readonly Guard[],
  database: string,
  work: () => Promise<T>,
): Promise<T> {
  const missing = new Set(taken);
  const strip = (text: string) =>
    taken.reduce((rest, name) => {
      const [guard, instead] = guards[name];
      const stripped = rest.replace(guard, instead);
      if (stripped !== rest) missing.delete(name);
      return stripped;
    }, text);
  const connections = pg.Client.prototype as unknown as { query: Query };
  const { query } = connections;
  connections.query = function (first, ...rest) {
    return query.call(this, this.database === database ? stripped(first, strip) : first, ...rest);
  };
  let result: T;
  try {
    result = await work();
  } finally {
    connections.query = query;
  }
  if (missing.size > 0) throw new Error(`No statement had these guards: ${[...missing].join(', ')}`);
  return result;
}

function stripped(first: unknown, strip: (text: string) => string): unknown {
  if (typeof first === 'string') return strip(first);
  if (first instanceof RoundTrip) {
    for (const [index, each] of first.statements.entries()) {
      const text = strip(each.text);
      if (text !== each.text) first.statements[index] = { ...each, text, name: hash('md5', text) };
    }
    return first;
  }
  const config = first as pg.QueryConfig;
  const text = strip(config.text);
  // The name belongs to the original statement, which may be prepared already.
  return text === config.text ? config : { ...config, text, name: undefined };
}
