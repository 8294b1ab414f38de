/** The fields of a row that an edit changed, as they were and as they are, for the audit log. */
export function difference<Row extends object>(before: Row, after: Row): { before: object; after: object } {
  const names = (Object.keys(after) as (keyof Row)[]).filter(
    (name) => name !== 'updated_at' && name !== 'revision' && before[name] !== after[name],
  );
  const only = (row: Row) => Object.fromEntries(names.map((name) => [name, row[name]]));
  return { before: only(before), after: only(after) };
}
