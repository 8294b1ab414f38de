import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import type { NewPlace } from '../../contract/schemas.ts';
import { Problem } from '../../errors/problem.ts';
import { MAX_SEATS } from './places.ts';

const NEEDED = ['section', 'row', 'number'];
const COLUMNS = [...NEEDED, 'label', 'price', 'x', 'y', 'attributes'];
const ATTRIBUTES = ['accessible', 'companion', 'restricted_view'] as const;
/** Characters that are parsed, and seats that are read, before other requests have their turn again: about 5 ms. */
const PARSED_TOGETHER = 16_384;
const READ_TOGETHER = 500;
const MAX_CELLS_BYTES = 4_000;

interface Line {
  record: Record<string, string>;
  info: { lines: number };
}

/**
 * Reads the seats of a hall. What no number is becomes one that is refused with all other mistakes.
 *
 * @returns the seats, and the line of each
 * @throws Problem VALIDATION_FAILED if it isn't CSV with the columns of a hall, or has too many lines
 */
export async function readCsv(text: string): Promise<{ places: NewPlace[]; lines: number[] }> {
  const places: NewPlace[] = [];
  const lines: number[] = [];
  const parser = parse({
    bom: true,
    columns: (names: string[]) => checkColumns(names.map((name) => name.trim().toLowerCase())),
    info: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: MAX_CELLS_BYTES,
  });
  try {
    for await (const { record, info } of Readable.from(piecesOf(text)).pipe(parser) as AsyncIterable<Line>) {
      if (places.length === MAX_SEATS) throw wrong('body', `must not have more than ${MAX_SEATS} seats`);
      places.push(placeOf(record, info.lines));
      if (places.length % READ_TOGETHER === 0) await nextTurn();
      lines.push(info.lines);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw wrong(`body/line/${error.lines ?? 1}`, error.message);
  }
  if (places.length === 0) throw wrong('body', 'must have a line for each seat');
  return { places, lines };
}

function* piecesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; from += PARSED_TOGETHER)
    yield text.slice(from, from + PARSED_TOGETHER);
}

function checkColumns(names: string[]): string[] {
  const unknown = names.filter((name) => !COLUMNS.includes(name)).map((name) => `has no column ${name}`);
  const twice = names.filter((name, at) => names.indexOf(name) !== at).map((name) => `has ${name} twice`);
  const missing = NEEDED.filter((name) => !names.includes(name)).map((name) => `needs a column ${name}`);
  const details = [...unknown, ...twice, ...missing].map((what) => ({
    path: 'body/line/1',
    message: `a hall ${what}`.slice(0, 200),
  }));
  if (details.length > 0) throw new Problem('VALIDATION_FAILED', { details: details.slice(0, 100) });
  return names;
}

function placeOf(cells: Record<string, string>, line: number): NewPlace {
  const { section = '', label = '', attributes = '' } = cells;
  return {
    section,
    row: numberIn(cells.row),
    number: numberIn(cells.number),
    label,
    price: numberIn(cells.price),
    x: numberIn(cells.x),
    y: numberIn(cells.y),
    attributes: attributesIn(attributes, line),
  };
}

/** Decimal digits only: `1e2` and `0x10` are no seat numbers. */
function numberIn(cell = ''): number | null {
  if (cell === '') return null;
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(cell) ? Number(cell) : Number.NaN;
}

function attributesIn(cell: string, line: number): NonNullable<NewPlace['attributes']> {
  const words = new Set(cell.split(/[\s;|]+/).filter((word) => word !== ''));
  const known = ATTRIBUTES.filter((attribute) => words.has(attribute));
  if (known.length < words.size)
    throw wrong(`body/line/${line}`, `attributes must be ${ATTRIBUTES.join(', ')}`);
  return known;
}

function wrong(path: string, message: string): Problem {
  return new Problem('VALIDATION_FAILED', { details: [{ path, message }] });
}
