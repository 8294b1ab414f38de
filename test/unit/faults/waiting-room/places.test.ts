import { lossesOf } from '../../../faults/waiting-room/checks/stays.ts';
import { expectFound, type Forgery, overLoss, waits } from './forger.ts';

const forgeries: Forgery[] = [
  [
    'a waiting buyer who is outside',
    'a place in line is kept',
    ({ pairs, pick }) => {
      pick(pairs.filter(({ before }) => waits(before))).now.state = 'outside';
    },
  ],
  [
    'a waiting buyer who has another place',
    'a place in line is kept',
    ({ pairs, pick }) => {
      pick(pairs.filter(({ before, now }) => waits(before) && waits(now))).now.sequence = 999;
    },
  ],
  [
    'a buyer with a ticket who lost their place with Redis',
    'a place in line is kept',
    (desk) => {
      const { now } = desk.pick(
        desk.pairs.filter((pair) => overLoss(desk, pair) && waits(pair.before) && waits(pair.now)),
      );
      now.sequence = 1_000_999;
    },
  ],
  [
    'a buyer whose position gets worse',
    'a position never gets worse',
    ({ history, pairs, pick }) => {
      const [loss] = lossesOf(history);
      const { before, now } = pick(
        pairs.filter(({ before, now }) => waits(before) && waits(now) && now.endedAt < (loss?.from ?? 0)),
      );
      now.position = (before.position ?? 0) + 1;
    },
  ],
  [
    'a check that gives no place',
    'a check gives a place',
    ({ pick, stays }) => {
      const firsts = stays.flatMap(({ sightings }) => sightings.slice(0, 1));
      pick(firsts.filter(({ kind }) => kind === 'check')).state = 'outside';
    },
  ],
  [
    'a buyer who gets no more answers',
    'every buyer is accounted for',
    ({ history, pick }) => {
      const ownOf = Map.groupBy(history.contacts, ({ user }) => user);
      const [user, own] = pick(
        [...ownOf].filter(([, contacts]) => {
          const first = contacts.find(({ status }) => status === 200);
          return first && (contacts.at(-1)?.sentAt ?? 0) - first.sentAt > history.settings.ttlMs;
        }),
      );
      const until = (own.find(({ status }) => status === 200)?.sentAt ?? 0) + 1;
      history.contacts = history.contacts.filter((each) => each.user !== user || each.sentAt < until);
    },
  ],
];

expectFound(forgeries);
