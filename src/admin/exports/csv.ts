/** Excel reads UTF-8 only after this mark. */
const BYTE_ORDER_MARK = '\uFEFF';
/** RFC 4180, 2.1. */
const LINE_END = '\r\n';

/**
 * A cell that begins like this is a formula to Excel and its like, also in full width (OWASP, "CSV Injection").
 * An apostrophe makes it text.
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
/** Semicolons and tabs as well, because a spreadsheet may take them for the separator. */
const QUOTED = /[",;'\t\r\n]|^\s|\s$/;

export type Cell = string | number | boolean | null;

/** The first line: the names of the columns. */
export function csvHeader(columns: readonly string[]): string {
  return BYTE_ORDER_MARK + csvLine(columns);
}

export function csvLine(cells: readonly Cell[]): string {
  return cells.map(csvCell).join(',') + LINE_END;
}

function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
