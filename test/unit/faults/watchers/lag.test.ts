import { HEALED_WITHIN_MS } from '../../../faults/watchers/checks/check-lag.ts';
import type { WatcherHistory } from '../../../faults/watchers/history.ts';
import { at, expectFound, type Forgery } from './story.ts';

const upToDate = 'a connected watcher is up to date within seconds';
const large = 'the run is large enough';

/** Holds one watcher at what it showed, from one moment until another. */
function stop({ samples }: WatcherHistory, number: number, from: number, to: number): void {
  const during = samples.filter((sample) => sample.at >= from && sample.at <= to);
  const shown = during[0]?.watchers[number] as number;
  for (const { watchers } of during) watchers[number] = shown;
}

const forgeries: Forgery[] = [
  [
    'a watcher that hears nothing while Redis is away',
    upToDate,
    (history) => stop(history, 0, at(30), at(40)),
  ],
  [
    'a watcher that hears of a lost message too late',
    upToDate,
    (history) => stop(history, 3, at(50), at(50) + HEALED_WITHIN_MS + 600),
  ],
  ['a watcher that is still behind at the end', upToDate, (history) => stop(history, 2, at(56), at(60))],
  [
    'a run in which nobody lost a connection',
    large,
    ({ watchers }) => {
      for (const { steps } of watchers)
        steps.splice(1, Infinity, ...steps.slice(1).filter(({ did }) => did !== 'connect'));
    },
  ],
  [
    'a run in which little was sold',
    large,
    ({ samples }) => {
      for (const sample of samples) sample.database = Math.floor(sample.database / 2);
    },
  ],
  [
    'a fault during which nothing was sold',
    large,
    ({ samples }) => {
      for (const sample of samples) if (sample.at >= at(30) && sample.at < at(42)) sample.database = 301;
    },
  ],
];

expectFound(forgeries);
