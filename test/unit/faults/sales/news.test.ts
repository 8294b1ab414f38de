import { HEARD_WITHIN_MS } from '../../../faults/sales/checks/check-news.ts';
import { SELLS_WITHIN_MS } from '../../../faults/sales/checks/check-times.ts';
import { at, expectFound, type Forgery, granted, type Story } from './story.ts';

const rule = 'a sale is heard on every instance';
const newsOf = ({ evidence }: Story, seat: string) => evidence.news.filter(({ seatId }) => seatId === seat);

const forgeries: Forgery[] = [
  [
    'a sale that only its own instance tells',
    rule,
    (story) => {
      story.evidence.news = story.evidence.news.filter(({ instance }) => instance === 0);
    },
  ],
  [
    'a sale that is told late',
    rule,
    (story) => {
      for (const news of newsOf(story, 's1')) news.at = granted(story, 'r2').endedAt + HEARD_WITHIN_MS + 1;
    },
  ],
  [
    'a sale of which only an earlier sale of the same seat is told',
    rule,
    (story) => {
      for (const news of newsOf(story, 's1')) news.at = at(1);
    },
  ],
  [
    'a sale that is not told as soon as a fault excuses it no more',
    rule,
    (story) => {
      story.grant('r9', 'zoe', 110 + SELLS_WITHIN_MS / 1_000 + 0.1, { seats: ['s1'] });
      story.evidence.news = story.evidence.news.filter((news) => news.at < at(110));
    },
  ],
];

expectFound(forgeries);
