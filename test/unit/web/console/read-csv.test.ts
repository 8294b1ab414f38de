import { expect, test } from 'vitest';
import { readCsv } from '../../../../src/web/console/halls/read-csv.ts';

test('a CSV file is read as UTF-8, with or without a mark, or as Excel writes it in Korea', () => {
  const text = 'section,row,number\n가구역,1,1';
  expect(readCsv(new TextEncoder().encode(text))).toBe(text);
  expect(readCsv(new TextEncoder().encode(`\uFEFF${text}`))).toBe(text);
  const [start, end] = [Buffer.from('section,row,number\n'), Buffer.from(',1,1')];
  // 가구역 in code page 949.
  const section = Buffer.from('b0a1b1b8bfaa', 'hex');
  expect(readCsv(Buffer.concat([start, section, end]))).toBe(text);
});
