/** The timeline of a WAL file, which its name begins with in eight hexadecimal digits: the number of promotions behind it, from 1. */
export function timelineIn(walFile: string): number {
  return Number.parseInt(walFile.slice(0, 8), 16);
}
