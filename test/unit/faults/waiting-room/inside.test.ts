import fc from 'fast-check';
import { certainlyInside } from '../../../faults/waiting-room/checks/check-inside.ts';
import { addBuyer, expectFound, type Forgery, isInside, overLoss, waits } from './forger.ts';

const forgeries: Forgery[] = [
  [
    'an answer that counts too many inside',
    'the threshold is never passed',
    ({ history, pick }) => {
      const some = pick(history.contacts.filter(({ state }) => state !== undefined));
      some.currentUsers = history.settings.threshold + 1;
    },
  ],
  [
    'an update that counts too many inside',
    'the threshold is never passed',
    ({ history, pick }) => {
      pick(history.updates).currentUsers = history.settings.threshold + 1;
    },
  ],
  [
    'more people inside than any answer counts',
    'the threshold is never passed',
    (desk) => {
      const { history, pick, stays } = desk;
      const stay = pick(
        stays.filter(
          (each) => each.claims && certainlyInside(history, each).some(({ from, to }) => to > from),
        ),
      );
      const own = history.contacts.filter(({ user }) => user === stay.user);
      for (let more = 0; more < history.settings.threshold; more++) addBuyer(desk, own);
    },
  ],
  [
    'a buyer inside who is back in line',
    'a person inside stays inside',
    ({ pairs, pick }) => {
      const { now } = pick(pairs.filter(({ before, now }) => isInside(before) && isInside(now)));
      Object.assign(now, { state: 'waiting', position: 1, sequence: 999 });
    },
  ],
  [
    'a buyer inside with a pass who is outside after a loss',
    'a person inside stays inside',
    (desk) => {
      const { now } = desk.pick(
        desk.pairs.filter((pair) => overLoss(desk, pair) && isInside(pair.before) && isInside(pair.now)),
      );
      now.state = 'outside';
    },
  ],
  [
    'places that stay empty',
    'free places go to the people who wait',
    (desk) => {
      const { contacts, faults, settings } = desk.history;
      const answers = contacts.filter(waits);
      for (const each of answers) each.currentUsers = settings.threshold - 1;
      // Far enough from every fault that would excuse it.
      const calm = Map.groupBy(
        answers.filter((each) =>
          faults.every(({ from, to }) => each.endedAt < from - 5_000 || each.sentAt > to + 24_000),
        ),
        ({ sentAt }) => Math.floor(sentAt / 5_000),
      );
      fc.pre([...calm.values()].some(({ length }) => length >= 10));
    },
  ],
];

expectFound(forgeries);
