import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openapi } from '../../src/contract/openapi.ts';
import { routes } from '../../src/contract/routes.ts';
import { seed as seedDemoData } from '../../src/database/seed.ts';
import { answerOf } from '../support/inject.ts';
import { type Service, startService } from '../support/service.ts';
import { documented, expectDocumented, type OperationId, resolve } from './answers.ts';

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  example?: string;
  schema: { $ref: string } | { example?: unknown; default?: unknown };
}

interface Operation {
  operationId: OperationId;
  parameters?: Parameter[];
  requestBody?: { content: { 'application/json': { example: object } } };
}

const operations = Object.values(openapi.paths).flatMap((item) => {
  const { parameters = [], ...methods } = item as { parameters?: Parameter[] } & Record<string, Operation>;
  return Object.values(methods as Record<string, Operation>).map((operation) => ({
    ...operation,
    parameters: [...parameters, ...(operation.parameters ?? [])].map((parameter) =>
      resolve<Parameter>(parameter),
    ),
  }));
});

/** What Swagger UI fills in for a parameter. */
const filledIn = ({ example, schema }: Parameter): string | undefined => {
  const { example: ofSchema, default: byDefault } = resolve<{ example?: unknown; default?: unknown }>(schema);
  const value = example ?? ofSchema ?? byDefault;
  return value === undefined ? undefined : String(value);
};

/** The request that Execute sends if the reader changes nothing, or undefined if a required box is empty. */
function untouched({ operationId, parameters, requestBody }: (typeof operations)[number], service: Service) {
  const { method, url, config } = routes[operationId];
  const values = parameters.map((parameter) => ({ ...parameter, value: filledIn(parameter) }));
  if (values.some(({ required, value }) => required && value === undefined)) return undefined;
  const given = (place: string) =>
    values.flatMap(({ in: at, name, value }) => (at === place && value !== undefined ? [[name, value]] : []));
  let path: string = url;
  for (const [name, value] of given('path')) path = path.replace(`:${name}`, value as string);
  const payload = requestBody?.content['application/json'].example;
  return {
    method,
    url: `${path}?${new URLSearchParams(given('query') as [string, string][])}`,
    headers: {
      ...Object.fromEntries(given('header')),
      ...(config.auth !== 'public' && service.as(undefined, config.auth)),
    },
    ...(payload !== undefined && { payload }),
  };
}

describe('Try it out, untouched, on the demo data', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
    await seedDemoData(service.db);
    await service.refresh();
    // A lottery exists once the example of the settings has made one.
    await execute('updateQueueSettings');
  });
  afterAll(() => service.stop());

  /** A reservation has no example, because it must be the reader's own. */
  const needsInput: OperationId[] = [
    'getSeatReservation',
    'getReservation',
    'cancelReservation',
    'extendReservation',
    'confirmReservation',
    'noteRefund',
  ];
  // The order of a lottery exists only after its draw, no poster was uploaded, and an organizer has no events in the demo data.
  const tried = operations.filter(
    ({ operationId }) =>
      operationId !== 'getQueueLotteryOrder' &&
      operationId !== 'getPoster' &&
      routes[operationId].config.auth !== 'organizer',
  );

  async function execute(operationId: OperationId) {
    const operation = operations.find((each) => each.operationId === operationId);
    const request = operation && untouched(operation, service);
    if (request === undefined) throw new Error('a required box is empty');
    return await answerOf(service.app, request);
  }

  test('has an example for every required input except a reservation', () => {
    const empty = tried.filter((operation) => untouched(operation, service) === undefined);
    expect(empty.map(({ operationId }) => operationId).sort()).toEqual(needsInput.sort());
  });

  test('fills in no Idempotency-Key, which the next request would reuse', () => {
    const keys = operations.flatMap(({ parameters }) =>
      parameters.filter(({ name }) => name === 'Idempotency-Key'),
    );
    expect(keys.length).toBeGreaterThan(7);
    expect(keys.map(filledIn)).toEqual(keys.map(() => undefined));
  });

  test.each(
    tried.map(({ operationId }) => operationId).filter((operationId) => !needsInput.includes(operationId)),
  )('%s succeeds', async (operationId) => {
    const answer = await execute(operationId);
    expect(answer.statusCode, answer.body).toBeLessThan(300);
    expectDocumented(operationId, answer);
  });

  test('finds the event that the example searches for', async () => {
    const { events } = JSON.parse((await execute('listEvents')).body);
    const [example] = examplesOf('listEvents', 200) as [{ events: { id: string }[] }];
    expect(events.map(({ id }: { id: string }) => id)).toEqual(example.events.map(({ id }) => id));
  });
});

type Fields = Record<string, unknown>;

function examplesOf(operationId: OperationId, status: number): unknown[] {
  const media = documented.get(operationId)?.get(status)?.content['application/json'];
  const { example, examples = {} } = media as {
    example?: unknown;
    examples?: Record<string, { value: unknown }>;
  };
  return [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
}

/** Every object in a value. */
function objectsIn(value: unknown): Fields[] {
  if (value === null || typeof value !== 'object') return [];
  const own = Array.isArray(value) ? [] : [value as Fields];
  return [...own, ...Object.values(value).flatMap(objectsIn)];
}

describe('the example of a success', () => {
  const successes = operations.flatMap(({ operationId }) =>
    [...(documented.get(operationId)?.entries() ?? [])]
      .filter(([status, { content }]) => status < 300 && content['application/json'])
      .map(([status]) => [operationId, status] as const),
  );
  const all = successes.flatMap(([operationId, status]) =>
    examplesOf(operationId, status).flatMap((example) => objectsIn(example)),
  );
  /** The objects with all of these fields. */
  const having = <Found>(...names: (keyof Found & string)[]): Found[] => {
    const found = all.filter((object) => names.every((name) => object[name] !== undefined));
    expect(found.length, names.join()).toBeGreaterThan(0);
    return found as Found[];
  };
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

  test.each(successes)('exists for %s %i', (operationId, status) => {
    expect(examplesOf(operationId, status)).not.toEqual([]);
  });

  test('has as many pages and items as it says', () => {
    type Page = { events: object[]; pagination: { total: number; totalPages: number; limit: number } };
    for (const { events, pagination } of having<Page>('events', 'pagination')) {
      const { total, totalPages, limit } = pagination;
      expect(totalPages).toBe(Math.ceil(total / limit));
      expect(events.length).toBe(Math.min(total, limit));
    }
    type Order = { numbers: string[]; entries: number };
    for (const { numbers, entries } of having<Order>('numbers', 'entries'))
      expect(numbers).toHaveLength(entries);
  });

  test.each([
    ['created_at', 'sale_start_date', 'sale_end_date', 'event_date'],
    ['created_at', 'expires_at', 'event_date'],
    ['opensAt', 'drawsAt'],
  ])('has its dates in order: %s, %s …', (...names) => {
    for (const object of having<Record<string, string>>(...names)) {
      const dates = names.map((name) => object[name]);
      expect(dates).toEqual([...dates].sort());
    }
  });

  test('refunds after the payment', () => {
    type Payment = { paid_at: string; refunded_at: string | null };
    const payments = having<Payment>('paid_at', 'refunded_at');
    for (const { paid_at, refunded_at } of payments)
      if (refunded_at !== null) expect(Date.parse(refunded_at)).toBeGreaterThan(Date.parse(paid_at));
  });

  test('has amounts that add up', () => {
    type Item = { quantity: number; unitPrice: number; subtotal: number };
    type Seats = { price: number }[];
    for (const { quantity, unitPrice, subtotal } of having<Item>('quantity', 'unitPrice', 'subtotal'))
      expect(subtotal).toBe(quantity * unitPrice);
    for (const { total_amount, items } of having<{ total_amount: number; items: Item[] }>(
      'total_amount',
      'items',
    ))
      expect(total_amount).toBe(sum(items.map(({ subtotal }) => subtotal)));
    for (const { total_amount, seats } of having<{ total_amount: number; seats: Seats }>(
      'total_amount',
      'seats',
    ))
      expect(total_amount).toBe(sum(seats.map(({ price }) => price)));
    for (const { totalAmount, seats } of having<{ totalAmount: number; seats: Seats }>(
      'totalAmount',
      'seats',
    ))
      expect(totalAmount).toBe(sum(seats.map(({ price }) => price)));
  });

  test('has no more stock than there is, and halls with as many seats as their sections', () => {
    type Stock = { total_quantity: number; available_quantity: number };
    for (const { total_quantity, available_quantity } of having<Stock>(
      'total_quantity',
      'available_quantity',
    ))
      expect(available_quantity).toBeLessThanOrEqual(total_quantity);
    type Hall = { total_seats: number; layout_config: { sections: { rows: number; seatsPerRow: number }[] } };
    for (const { total_seats, layout_config } of having<Hall>('total_seats', 'layout_config'))
      expect(total_seats).toBe(
        sum(layout_config.sections.map(({ rows, seatsPerRow }) => rows * seatsPerRow)),
      );
  });

  test('has a waiting room whose numbers add up', () => {
    type Room = { threshold: number; currentUsers: number; available: number };
    for (const { threshold, currentUsers, available } of having<Room>(
      'threshold',
      'currentUsers',
      'available',
    ))
      expect(available).toBe(threshold - currentUsers);
    type Line = { queueSize: number; stats: { arrivals: number; admissions: number; abandonments: number } };
    for (const { queueSize, stats } of having<Line>('queueSize', 'stats'))
      expect(queueSize).toBe(stats.arrivals - stats.admissions - stats.abandonments);
    type Place = { position: number; queueSize: number; sequence: number; servedSeq: number };
    for (const { position, queueSize, sequence, servedSeq } of having<Place>(
      'position',
      'sequence',
      'servedSeq',
    )) {
      expect(position).toBe(sequence - servedSeq);
      expect(position).toBeLessThanOrEqual(queueSize);
    }
  });

  test('of a lottery publishes the seed whose hash it announced', () => {
    type Lottery = { seed: string | null; seedHash: string };
    const drawn = having<Lottery>('seed', 'seedHash').filter(({ seed }) => seed !== null);
    expect(drawn).toHaveLength(1);
    for (const { seed, seedHash } of drawn) {
      const bytes = Buffer.from(seed as string, 'hex');
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(seedHash);
    }
  });
});
