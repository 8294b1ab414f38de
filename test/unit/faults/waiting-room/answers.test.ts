import { GRACE_MS } from '../../../faults/harness/findings.ts';
import { TELLS_WITHIN_MS } from '../../../faults/waiting-room/checks/check-answers.ts';
import { expectFound, type Forgery, isCalm, isInside, waits } from './forger.ts';

const MUTE = { name: 'an instance is paused', unavailable: false, breaks: [], loses: false };

const forgeries: Forgery[] = [
  [
    'an answer of 500',
    'answers are 200 or 503',
    ({ history, pick }) => {
      pick(history.contacts).status = 500;
    },
  ],
  [
    'a refusal because of too many requests',
    'answers are 200 or 503',
    ({ history, pick }) => {
      pick(history.contacts).status = 429;
    },
  ],
  [
    'a 503 without a time to come back',
    'a 503 says when to come back',
    ({ history, pick }) => {
      pick(history.contacts).status = 503;
    },
  ],
  [
    'a 503 outside a fault',
    'no 503 outside a fault',
    (desk) => {
      const { history, pick } = desk;
      Object.assign(pick(history.contacts.filter((each) => isCalm(desk, each))), {
        status: 503,
        retryAfter: 1,
      });
    },
  ],
  [
    'a 503 that a demoted Redis master excuses no more',
    'no 503 outside a fault',
    (desk) => {
      const { history, pick } = desk;
      const contact = pick(history.contacts.filter((each) => isCalm(desk, each)));
      const to = contact.sentAt - GRACE_MS - 1;
      const demoted = { name: 'demoted', breaks: [], loses: true, unavailable: true };
      history.faults.push({ ...demoted, from: to - 1_000, to });
      Object.assign(contact, { status: 503, retryAfter: 1 });
    },
  ],
  [
    'an instance that tells no place soon after a fault',
    'every instance tells places again soon after a fault',
    ({ history, pick }) => {
      const alone = history.faults.filter((fault) =>
        history.faults.every(
          (other) =>
            other === fault || other.to + GRACE_MS < fault.to || other.from > fault.to + TELLS_WITHIN_MS,
        ),
      );
      const { to } = pick(alone);
      const after = history.contacts.filter(
        ({ sentAt, endedAt }) => sentAt > to && endedAt <= to + TELLS_WITHIN_MS,
      );
      const { instance } = pick(after);
      for (const contact of after)
        if (contact.instance === instance) Object.assign(contact, { status: 503, retryAfter: 1 });
    },
  ],
  [
    'a connection that breaks outside a fault',
    'no connection breaks outside a fault',
    (desk) => {
      desk.pick(desk.history.contacts.filter((each) => isCalm(desk, each))).status = null;
    },
  ],
  [
    'a broken connection to an instance that was not killed',
    'no connection breaks outside a fault',
    ({ history, pick }) => {
      const killed = history.faults.flatMap(({ breaks }) => breaks);
      pick(history.contacts.filter(({ instance }) => !killed.includes(instance))).status = null;
    },
  ],
  [
    'a buyer who was not told while another instance was mute',
    'a person who is let in is told so',
    ({ history, pairs, pick }) => {
      history.faults.push({ ...MUTE, ...{ mutes: [1], from: 0, to: Infinity } });
      const { stay } = pick(
        pairs.filter(
          ({ stay, before, now }) =>
            history.presences.some(({ user }) => user === stay.user) &&
            waits(before) &&
            now === stay.sightings.find(isInside),
        ),
      );
      history.heard = history.heard.filter(({ user }) => user !== stay.user);
    },
  ],
  [
    'a buyer who was let in and not told',
    'a person who is let in is told so',
    ({ history, pairs, pick }) => {
      const listens = new Set(history.presences.map(({ user }) => user));
      const { stay } = pick(
        pairs.filter(
          ({ stay, before, now }) =>
            listens.has(stay.user) && waits(before) && now === stay.sightings.find(isInside),
        ),
      );
      history.heard = history.heard.filter(({ user }) => user !== stay.user);
    },
  ],
];

expectFound(forgeries);
