import { digest } from '../../../faults/watchers/digest.ts';
import type { Picture } from '../../../faults/watchers/history.ts';
import { expectFound, type Forgery, watcher } from './story.ts';

const forgeries: Forgery[] = [
  [
    'a sold seat that is shown as free',
    'every map equals the database',
    (history) => {
      watcher(history, 0).last = { ...history.database, seats: digest(Uint8Array.of(0, 1, 0, 0)) };
    },
  ],
  [
    'a sold seat that an existing client shows as free',
    'every map equals the database',
    (history) => {
      const shown = watcher(history, 4);
      shown.last = { ...(shown.last as Picture), seats: digest(Uint8Array.of(0, 1, 0, 0)) };
    },
  ],
  [
    'a right map at an old version',
    'every map has the last version',
    (history) => {
      watcher(history, 1).last = { ...history.database, version: history.database.version - 1 };
    },
  ],
  [
    'a stock that is out of date',
    'every stock equals the database',
    (history) => {
      watcher(history, 0).last = { ...history.database, stock: ['t1 6 of 10', 't2 0 of 4'] };
    },
  ],
  [
    'a ticket type that a watcher has not heard of',
    'every stock equals the database',
    (history) => {
      watcher(history, 0).last = { ...history.database, stock: ['t1 5 of 10'] };
    },
  ],
  [
    'an existing client without a map',
    'every watcher has a map',
    (history) => {
      watcher(history, 4).last = undefined;
    },
  ],
  [
    'a watcher without a map',
    'every watcher has a map',
    (history) => {
      watcher(history, 2).last = undefined;
    },
  ],
];

expectFound(forgeries);
