import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvHeader, csvLine } from '../../../src/admin/exports/csv.ts';

/** A reader by RFC 4180, which knows nothing of the writer. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += '"';
        at++;
      } else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ',') {
      rows.at(-1)?.push(cell);
      cell = '';
    } else if (char === '\r' && text[at + 1] === '\n') {
      rows.at(-1)?.push(cell);
      cell = '';
      rows.push([]);
      at++;
    } else cell += char;
  }
  expect([quoted, cell, rows.pop()]).toEqual([false, '', []]);
  return rows;
}

const FORMULAS = '=+-@\t\r\n＝＋－＠';
const hostile = fc.string({
  unit: fc.constantFrom(...FORMULAS, '"', ',', ';', "'", ' ', '\r\n', 'A', '1', '|', 'cmd', '가'),
});

test('what is written is read again, and no cell begins like a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.oneof(hostile, fc.string()), { minLength: 1 })), (rows) => {
      const read = parse(rows.map(csvLine).join(''));
      expect(read).toHaveLength(rows.length);
      for (const [index, row] of rows.entries()) {
        const expected = row.map((cell) =>
          cell !== '' && FORMULAS.includes(cell[0] as string) ? `'${cell}` : cell,
        );
        expect(read[index]).toEqual(expected);
      }
    }),
  );
});

test.each([
  ["=cmd|' /C calc'!A0", `"'=cmd|' /C calc'!A0"`],
  ['@SUM(1,2)', `"'@SUM(1,2)"`],
  ['A-1-2; A-1-3', '"A-1-2; A-1-3"'],
  ['세종"문화"회관', '"세종""문화""회관"'],
  ['TK123456789ABC', 'TK123456789ABC'],
])('%s is written as %s', (value, written) => {
  expect(csvLine([value])).toBe(`${written}\r\n`);
});

test('numbers, no value and the first line', () => {
  expect(csvLine([-1.5, true, null, 0])).toBe('-1.5,true,,0\r\n');
  expect(csvHeader(['a', 'b'])).toBe('\uFEFFa,b\r\n');
});
