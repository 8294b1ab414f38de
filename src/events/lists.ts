import { LRUCache } from 'lru-cache';
import { Problem } from '../errors/problem.ts';
import type { WorkBudget } from '../lib/work-budget.ts';
import { type Answer, PreparedAnswer } from '../plugins/answers/prepared-answer.ts';
import type { EventFilter } from './catalogue/catalogue.ts';
import type { ListedEvent } from './catalogue/listed-event.ts';
import type { SyncedCatalogue } from './catalogue/synced-catalogue.ts';

/** Apart from all other answers, so that any number of searches pushes no seat map out of memory. */
const BYTES = 16 * 1024 * 1024;

/** Measured with 20,000 events, in µs: a list that finds none, a text that is compared, an event that is shown. */
const COST_US = { list: 12, compared: 0.1, shown: 0.5 };

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
    const { status, wanted, page, limit } = filter;
    const key = `${status} ${page} ${limit} ${wanted}`;
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
    const end = `],"pagination":${JSON.stringify(pagination)}}`;
    this.#budget.spend(address, COST_US.list + compared * COST_US.compared + events.length * COST_US.shown);
    return new PreparedAnswer(joined(events, end));
  }
}

const BEGINNING = '{"events":[';
const COMMA = 44;

/** @param end in ASCII */
function joined(events: ListedEvent[], end: string): Buffer {
  const size = events.reduce((sum, { json }) => sum + json.length + 1, BEGINNING.length + end.length);
  const body = Buffer.allocUnsafe(events.length === 0 ? size : size - 1);
  let at = body.write(BEGINNING, 'latin1');
  events.forEach(({ json }, index) => {
    if (index > 0) body[at++] = COMMA;
    body.set(json, at);
    at += json.length;
  });
  body.write(end, at, 'latin1');
  return body;
}

function uncompressed({ etag, identity }: PreparedAnswer): Answer {
  return { etag, codings: [], represent: () => identity };
}
