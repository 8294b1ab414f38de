/**
 * What each session sets, so that the service reads and says the same whatever its role and its database are set to. It is one
 * statement and not a list of startup parameters, because PgBouncer refuses those that it doesn't know.
 *
 * `default_transaction_read_only` isn't among them: an operator who sets it means the service, too. `lc_messages` may be set by a
 * superuser only, and no code reads PostgreSQL's messages. `client_encoding` is set by pg.
 */
const SAME_EVERYWHERE = {
  DateStyle: 'ISO',
  TimeZone: 'UTC',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: 1,
  search_path: 'public',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  gin_fuzzy_search_limit: 0,
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
};

export type Session = Readonly<Record<string, string | number>>;

/** The statement that prepares a session. */
export function sessionStatement(more: Session): string {
  return Object.entries({ ...SAME_EVERYWHERE, ...more })
    .map(([name, value]) => `SET ${name} = '${value}'`)
    .join('; ');
}

/**
 * The beginning of a transaction with the same settings, for it alone.
 *
 * @param text `BEGIN` or `START TRANSACTION`, its modes, and more statements after a semicolon
 */
export function beginStatement(text: string, more: Session): string {
  const [begin = '', ...after] = text.split(';');
  const modes = [
    ...(/isolation/i.test(begin) ? [] : ['ISOLATION LEVEL READ COMMITTED']),
    ...(more.default_transaction_read_only === 'on' ? ['READ ONLY'] : []),
    'NOT DEFERRABLE',
  ];
  const settings = Object.entries({ ...SAME_EVERYWHERE, ...more })
    .filter(([name]) => !name.startsWith('default_transaction_'))
    .map(([name, value]) => `set_config('${name}', '${value}', true)`);
  // One statement without a row takes PostgreSQL and pg less than fourteen that say SET.
  const set = `SELECT WHERE concat(${settings.join()}) IS NULL`;
  return [`${begin} ${modes.join(' ')}`, set, ...after].join(';');
}
