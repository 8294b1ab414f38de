import fc from 'fast-check';

/** One command on one of two instances. */
export type Action =
  | {
      verb: 'visit';
      on: number;
      mode: 'check' | 'enter' | 'status';
      people: { user: number; shows: Shown }[];
    }
  | { verb: 'leave'; on: number; user: number; shows: Shown; onlyInside: boolean }
  | { verb: 'admit' | 'sweep' | 'overview' | 'clear'; on: number };

/** The proof that a user shows: the last or the first one they got, or `?` as long as it is not verified. */
export type Shown = 'nothing' | '?' | 'last pass' | 'first pass' | 'last ticket' | 'first ticket';

export type Step =
  | Action
  | { verb: 'at once'; actions: Action[] }
  | { verb: 'time passes'; units: number }
  | { verb: 'set'; threshold: number; paused: boolean; drains: boolean }
  | { verb: 'set a time to live'; choice: number }
  | { verb: 'put off'; units: number }
  | { verb: 'set a lobby'; opensIn: number }
  | { verb: 'give up the lobby' }
  | { verb: 'load'; on: number }
  | { verb: 'draw'; on: number }
  | { verb: 'remember' }
  | { verb: 'lose'; what: 'everything' | 'what came since' };

export const PEOPLE = 8;

const on = fc.nat({ max: 1 });
const user = fc.nat({ max: PEOPLE - 1 });
const shows = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Shown>('nothing') },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Shown>('?', 'last pass', 'first pass', 'last ticket', 'first ticket'),
  },
);
const mode = fc.constantFrom<('check' | 'enter' | 'status')[]>('check', 'check', 'enter', 'status');
const verb = <T extends string>(...names: T[]) => fc.constantFrom(...names);

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      verb: verb('visit'),
      on,
      mode,
      people: fc.uniqueArray(fc.record({ user, shows }), {
        minLength: 1,
        maxLength: 5,
        selector: (person) => person.user,
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ verb: verb('leave'), on, user, shows, onlyInside: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ verb: verb('admit'), on }) },
  { weight: 2, arbitrary: fc.record({ verb: verb('sweep'), on }) },
  { weight: 1, arbitrary: fc.record({ verb: verb('overview'), on }) },
);

/** @param lobby whether the event starts with one */
export const step = (lobby: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 24, arbitrary: action },
    {
      weight: 3,
      arbitrary: fc.record({
        verb: verb('at once'),
        actions: fc.array(action, { minLength: 2, maxLength: 4 }),
      }),
    },
    {
      weight: 8,
      // Short times within every limit, and long ones that end places.
      arbitrary: fc.record({ verb: verb('time passes'), units: fc.constantFrom(1, 1, 2, 2, 3, 5, 12, 30) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        verb: verb('set'),
        threshold: fc.nat({ max: 4 }),
        paused: fc.constantFrom(false, false, true),
        drains: fc.constantFrom(false, false, true),
      }),
    },
    { weight: 2, arbitrary: fc.record({ verb: verb('set a time to live'), choice: fc.nat({ max: 2 }) }) },
    { weight: 1, arbitrary: fc.record({ verb: verb('clear'), on }) },
    { weight: 1, arbitrary: fc.record({ verb: verb('remember') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        verb: verb('lose'),
        what: verb('everything', 'what came since'),
      }),
    },
    {
      weight: lobby ? 5 : 0,
      arbitrary: fc.oneof<fc.Arbitrary<Step>[]>(
        fc.record({ verb: verb('draw'), on }),
        fc.record({ verb: verb('draw'), on }),
        fc.record({ verb: verb('load'), on }),
        fc.record({ verb: verb('put off'), units: fc.constantFrom(1, 3) }),
      ),
    },
    { weight: lobby ? 1 : 0, arbitrary: fc.constant({ verb: 'give up the lobby' } as const) },
    {
      weight: lobby ? 1 : 0,
      arbitrary: fc.record({ verb: verb('set a lobby'), opensIn: fc.nat({ max: 1 }) }),
    },
  );
