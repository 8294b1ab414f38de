import { LRUCache } from 'lru-cache';
import { Problem } from '../errors/problem.ts';
import type { WorkBudget } from '../lib/work-budget.ts';
import { type Answer, PreparedAnswer } from '../plugins/answers/prepared-answer.ts';
import type { EventFilter } from './catalogue/catalogue.ts';
import type { SyncedCatalogue } from './catalogue/synced-catalogue.ts';
import { fold } from './search/fold.ts';

/** Apart from all other answers, so that any number of searches pushes no seat map out of memory. */
const BYTES = 16 * 1024 * 1024;

/** Measured with 20,000 events, in µs: a list that finds none, a text that is compared, an event that is shown. */
const COST_US = { list: 20, compared: 0.2, shown: 1 };

interface Kept {
  revision: number;
  answer: PreparedAnswer;
}

/** Answers of lists and searches, prepared from the catalogue in memory and kept until it changes. */
export class EventLists {
  readonly #catalogue: SyncedCatalogue;
  readonly #budget: WorkBudget;
  readonly #kept = new LRUCache<string, Kept>({
    maxSize: BYTES,
    // The compressed forms of JSON are together smaller than the body.
    sizeCalculation: ({ answer }, key) => 2 * answer.identity.bytes.length + key.length + 500,
  });

  constructor(catalogue: SyncedCatalogue, budget: WorkBudget) {
    this.#catalogue = catalogue;
    this.#budget = budget;
  }

  /** @throws Problem TOO_MANY_REQUESTS or SERVICE_UNAVAILABLE if too many lists were prepared in this second, for the address or in all */
  answer(address: string, filter: EventFilter): Answer {
    const { revision } = this.#catalogue.current();
    const { status, q, page, limit } = filter;
    const wanted = q === undefined ? '' : fold(q);
    const key = JSON.stringify([status, wanted, page, limit]);
    const kept = this.#kept.get(key);
    if (kept?.revision === revision) return kept.answer;

    const exhausted = this.#budget.exhausted(address);
    if (exhausted === 'address') throw new Problem('TOO_MANY_REQUESTS', { retryAfter: 1 });
    if (exhausted === 'all') throw new Problem('SERVICE_UNAVAILABLE', { retryAfter: 1 });
    const answer = this.#prepare(address, filter);
    this.#kept.set(key, { revision, answer });
    // Most searches are asked once, and compressing the answer would take longer than finding it.
    return wanted === '' || kept ? answer : uncompressed(answer);
  }

  #prepare(address: string, filter: EventFilter): PreparedAnswer {
    const { events, total, compared } = this.#catalogue.current().list(filter);
    const { page, limit } = filter;
    const pagination = { page, limit, total, totalPages: Math.ceil(total / limit) };
    const parts = events.flatMap(({ json }, index) => (index === 0 ? [json] : [COMMA, json]));
    const end = Buffer.from(`],"pagination":${JSON.stringify(pagination)}}`);
    this.#budget.spend(address, COST_US.list + compared * COST_US.compared + events.length * COST_US.shown);
    return new PreparedAnswer(Buffer.concat([BEGINNING, ...parts, end]));
  }
}

const BEGINNING = Buffer.from('{"events":[');
const COMMA = Buffer.from(',');

function uncompressed({ etag, identity }: PreparedAnswer): Answer {
  return { etag, codings: [], represent: () => identity };
}
