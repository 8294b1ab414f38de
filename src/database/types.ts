import pg from 'pg';

const { builtins } = pg.types;

/** What the wire says for a time that it can't write: `infinity`, `-infinity`, and years that don't have four digits. */
const LATEST = '9999-12-31T23:59:59.999Z';
const EARLIEST = '0001-01-01T00:00:00.000Z';

const parsers = new Map<number, (text: string) => unknown>([
  [builtins.TIMESTAMPTZ, isoTime],
  [builtins.INT8, safeInteger],
]);

/** How the values of PostgreSQL become those of the wire. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers.get(oid)) ||
    pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
};

/** @param text in ISO style (session.ts), such as `2026-12-05 10:00:00.123456+00` */
export function isoTime(text: string): string {
  if (text === 'infinity' || /^\d{5}/.test(text)) return LATEST;
  if (text === '-infinity' || text.endsWith(' BC')) return EARLIEST;
  // With the T and the minutes of the offset it is ISO 8601. Otherwise JavaScript takes the year 44 for 2044.
  return new Date(text.replace(' ', 'T').replace(/[+-]\d\d$/, '$&:00')).toISOString();
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a JSON number`);
  return value;
}
