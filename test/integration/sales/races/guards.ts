import pg from 'pg';

/** What keeps transactions apart, as the service's own statements say it, and what stands there without it. */
const guards = {
  'row locks': [/\bfor no key update( of "\w+")?( skip locked)?/gi, ''],
  'user locks': [/\bpg_advisory_xact_lock\(number\)/g, 'number IS NULL'],
  'key locks': [/\bpg_try_advisory_xact_lock\((hashtextextended\([^)]+\))\)/g, '($1 IS NOT NULL)'],
} as const;

export type Guard = keyof typeof guards;

type Query = (this: pg.Client, first: unknown, ...rest: unknown[]) => unknown;

/**
 * For as long as the work lasts, everything that is sent to the database in this process lacks the guards, and is otherwise what the
 * service says: its own decisions in its own transactions, only that nothing keeps them apart.
 */
export async function without<T>(
  taken: readonly Guard[],
  database: string,
  work: () => Promise<T>,
): Promise<T> {
  const strip = (text: string) =>
    taken.reduce((rest, name) => {
      const [guard, instead] = guards[name];
      return rest.replace(guard, instead);
    }, text);
  const connections = pg.Client.prototype as unknown as { query: Query };
  const { query } = connections;
  connections.query = function (first, ...rest) {
    return query.call(this, this.database === database ? stripped(first, strip) : first, ...rest);
  };
  try {
    return await work();
  } finally {
    connections.query = query;
  }
}

function stripped(first: unknown, strip: (text: string) => string): unknown {
  if (typeof first === 'string') return strip(first);
  const config = first as pg.QueryConfig;
  const text = strip(config.text);
  // The name belongs to the statement as it was, which may be prepared already.
  return text === config.text ? config : { ...config, text, name: undefined };
}
