import { GRACE_MS } from '../../../faults/harness/findings.ts';
import { SELLS_WITHIN_MS } from '../../../faults/sales/checks/check-times.ts';
import { at, expectFound, type Forgery, granted } from './story.ts';

const forgeries: Forgery[] = [
  [
    'a seat granted twice, of which one grant has ended',
    'a seat is granted again only when it is free',
    (story) => {
      const { status } = story.seat('s1');
      story.grant('r9', 'zoe', 40, { seats: ['s1'] });
      story.cancel('r9', 'zoe', 41);
      story.seat('s1').status = status;
    },
  ],
  [
    'a 500 outside a fault',
    '503 is the only 5xx answer',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(40), status: 500, code: 'INTERNAL_ERROR' }),
  ],
  [
    'a 500 during a fault',
    '503 is the only 5xx answer',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(105), status: 500, code: 'INTERNAL_ERROR' }),
  ],
  [
    'a 503 outside a fault',
    'no 5xx outside a fault',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(110) + GRACE_MS + 1, status: 503 }),
  ],
  [
    'a 503 during a fault that does not excuse it',
    'no 5xx outside a fault',
    (story) => {
      for (const window of story.evidence.windows) window.unavailable = false;
    },
  ],
  [
    'a 503 when the locks of a paused instance have ended',
    'no 5xx outside a fault',
    (story) => {
      for (const window of story.evidence.windows) {
        Object.assign(window, { unavailable: false, lockedUntil: window.from });
        story.attempt({ userId: 'zoe', sentAt: window.from + GRACE_MS + 1, status: 503 });
      }
    },
  ],
  [
    'an instance that sells later than it may after a fault',
    'every instance sells again soon after a fault',
    (story) => {
      for (const attempt of story.evidence.history)
        if (attempt.granted?.id === 'r6') attempt.endedAt = at(110) + SELLS_WITHIN_MS + 1;
    },
  ],
  [
    'an instance that only repeats earlier sales after a fault',
    'every instance sells again soon after a fault',
    (story) => {
      Object.assign(granted(story, 'r6'), { sentAt: at(99), endedAt: at(99.1) });
    },
  ],
  [
    'an instance that sells nothing after a fault, while another one does',
    'every instance sells again soon after a fault',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(112), instance: 1, code: 'SEAT_UNAVAILABLE' }),
  ],
  [
    'a broken connection outside a fault',
    'no connection breaks outside a fault',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(40), status: null }),
  ],
  [
    'a broken connection to the instance that was not killed',
    'no connection breaks outside a fault',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(105), status: null, instance: 1 }),
  ],
];

expectFound(forgeries);
