import { type Costs, readCosts } from './costs.ts';
import { costTable, saleTable } from './tables.ts';

export const SCALE = 'docs/scale.md';

/** Puts the tables of the simulation between their marks in the page. */
export function withTables(page: string, costs: Costs = readCosts()): string {
  const tables = { costs: costTable(costs), sales: saleTable(costs) };
  return Object.entries(tables).reduce((text, [name, table]) => {
    const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end of ${name} -->)`);
    if (!marked.test(text)) throw new Error(`${SCALE} has no marks for the table of ${name}`);
    return text.replace(marked, `$1\n${table}\n\n$2`);
  }, page);
}
