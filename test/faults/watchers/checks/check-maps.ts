import type { Violation } from '../../harness/findings.ts';
import type { WatcherHistory } from '../history.ts';

/** When all is quiet, every watcher shows what the database says. */
export function checkMaps({ watchers, database }: WatcherHistory): Violation[] {
  return watchers.flatMap(({ kind, last }, number) => {
    const wrong = (rule: string, detail: string) => [
      { rule, detail: `${kind} watcher ${number}: ${detail}` },
    ];
    if (!last) return wrong('every watcher has a map', 'none');
    const stock = last.stock.join(', ');
    const stockOfDatabase = database.stock.join(', ');
    return [
      ...(last.seats === database.seats
        ? []
        : wrong(
            'every map equals the database',
            `another map at ${last.version}, ${database.version} in the database`,
          )),
      ...(kind === 'reference' || last.version === database.version
        ? []
        : wrong('every map has the last version', `${last.version}, ${database.version} in the database`)),
      ...(last.stock.length === 0 || stock === stockOfDatabase
        ? []
        : wrong('every stock equals the database', `${stock}; ${stockOfDatabase} in the database`)),
    ];
  });
}
