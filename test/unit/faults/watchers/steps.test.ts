import { expectFound, type Forgery, watcher } from './story.ts';

const back = 'no version goes back';
const missing = 'no step is missing';

const forgeries: Forgery[] = [
  ['a packet that never came', missing, (history) => watcher(history, 0).steps.splice(20, 1)],
  [
    'a stream that resumes after a gap',
    missing,
    (history) => {
      const { steps } = watcher(history, 1);
      const resumed = steps.findLastIndex(({ did }) => did === 'connect') + 1;
      steps[resumed] = { did: 'hear', from: 210, version: 240 };
    },
  ],
  [
    'a gap that is never healed',
    missing,
    ({ watchers }) =>
      watchers.push({
        kind: 'batch',
        steps: [
          { did: 'connect', instance: 0 },
          { did: 'read', version: 600, why: 'first' },
          { did: 'miss', from: 601, version: 602 },
        ],
        last: undefined,
      }),
  ],
  [
    'an answer to a gap that begins too late',
    missing,
    (history) => {
      const { steps } = watcher(history, 2);
      const at = steps.findIndex(({ did }) => did === 'catch-up');
      steps[at] = { did: 'catch-up', from: 203, version: 215 };
    },
  ],
  [
    'an answer to a gap that is older than what is shown',
    back,
    (history) => {
      const { steps } = watcher(history, 2);
      const at = steps.findIndex(({ did }) => did === 'catch-up');
      steps[at] = { did: 'catch-up', from: 190, version: 195 };
    },
  ],
  [
    'a connection that tells of an older version',
    back,
    (history) => watcher(history, 0).steps.splice(20, 0, { did: 'hear', from: 6, version: 11 }),
  ],
  [
    'a map that is older than what was shown',
    back,
    (history) => {
      const { steps } = watcher(history, 3);
      const at = steps.findLastIndex(({ did }) => did === 'read');
      steps[at] = { did: 'read', version: 290, why: 'told' };
    },
  ],
  [
    'a second seat map of an existing client that is older',
    back,
    (history) => {
      watcher(history, 4).steps.splice(1, 1, { did: 'read', version: 251, why: 'first' });
    },
  ],
  [
    'a step that leads backward',
    'a step leads forward',
    (history) => watcher(history, 0).steps.push({ did: 'hear', from: 602, version: 601 }),
  ],
  [
    'a watcher that reads the map again without a reason',
    'a restart has a reason',
    (history) => watcher(history, 0).steps.splice(20, 0, { did: 'read', version: 100, why: 'first' }),
  ],
  [
    'a watcher that applies changes to no map',
    'a watcher starts with a map',
    (history) => watcher(history, 0).steps.splice(1, 1),
  ],
];

expectFound(forgeries);
