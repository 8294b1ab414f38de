import { csvHeader, csvLine } from './csv.ts';
import type { Row, Table, Value } from './tables.ts';

/** How rows become text. */
export interface Format {
  extension: 'csv' | 'ndjson';
  contentType: string;
  header(table: Table): string;
  rows(table: Table, rows: Row[]): string;
}

export const csv: Format = {
  extension: 'csv',
  contentType: 'text/csv; charset=utf-8',
  header: ({ columns }) => csvHeader(columns),
  rows: ({ columns }, rows) =>
    rows.map((row) => csvLine(columns.map((column) => toCell(row[column] ?? null)))).join(''),
};

export const ndjson: Format = {
  extension: 'ndjson',
  contentType: 'application/x-ndjson',
  header: () => '',
  rows: (_table, rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
};

function toCell(value: Value) {
  return typeof value === 'object' && value !== null ? value.join('; ') : value;
}
