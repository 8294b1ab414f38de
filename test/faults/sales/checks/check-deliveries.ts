import type { Violation } from '../../harness/findings.ts';
import type { Delivery, Dump, Evidence } from '../evidence.ts';

/** The order in which things happen to a reservation. A late payment confirms one that has expired. */
const ORDER = [
  'reservation.held',
  'reservation.expired',
  'reservation.confirmed',
  'reservation.cancelled',
  'reservation.refund_due',
];

type Row = Dump['reservations'][number];

/** What another system received is what happened: all of it, in order, and again only with the same id. */
export function checkDeliveries({ dump, deliveries }: Evidence): Violation[] {
  const received = Map.groupBy(deliveries, ({ reservationId }) => reservationId);
  const refundsOf = Map.groupBy(dump.refunds, ({ reservation_id }) => reservation_id);
  return [
    ...deliveries
      .filter(({ signed }) => !signed)
      .map(({ id }) => ({ rule: 'every message is signed', detail: id })),
    ...checkIds(deliveries),
    ...dump.reservations.flatMap((row) =>
      checkContents(row, refundsOf.get(row.id) ?? [], received.get(row.id) ?? []),
    ),
    ...[...received].flatMap(([id, own]) => checkOrder(id, own)),
  ];
}

/** The same for each delivery of one message. */
const nameOf = ({ type, refundId }: Pick<Delivery, 'type' | 'refundId'>) =>
  refundId === undefined ? type : `${type} ${refundId}`;

function checkIds(deliveries: Delivery[]): Violation[] {
  const rule = 'a message comes again only with its id';
  const happened = Map.groupBy(deliveries, (each) => `${each.reservationId} ${nameOf(each)}`);
  const twice = [...happened].filter(([, all]) => new Set(all.map(({ id }) => id)).size > 1);
  const changed = [...Map.groupBy(deliveries, ({ id }) => id)].filter(
    ([, all]) => new Set(all.map(({ body }) => body)).size > 1,
  );
  return [
    ...twice.map(([what]) => ({ rule, detail: `${what} has two ids` })),
    ...changed.map(([id]) => ({ rule: 'a message stays the same', detail: id })),
  ];
}

function checkContents(row: Row, refunds: Dump['refunds'], received: Delivery[]): Violation[] {
  const { id, status, confirmed_at } = row;
  const happened = new Set([
    'reservation.held',
    ...(confirmed_at === null ? [] : ['reservation.confirmed']),
    ...(status === 'cancelled' || status === 'expired' ? [`reservation.${status}`] : []),
    ...refunds.map((refund) => `reservation.refund_due ${refund.id}`),
  ]);
  const accepted = new Set(received.filter(({ status }) => status === 200).map(nameOf));
  const lost = [...happened].filter((name) => !accepted.has(name));
  const invented = [...new Set(received.map(nameOf))].filter(
    // A late payment leaves no trace of the end before it.
    (name) => !happened.has(name) && !(name === 'reservation.expired' && confirmed_at !== null),
  );
  return [
    ...lost.map((name) => ({ rule: 'everything that happened is delivered', detail: `${id} ${name}` })),
    ...invented.map((name) => ({ rule: 'only what happened is delivered', detail: `${id} ${name}` })),
  ];
}

/** The next message comes once the one before was accepted, and none comes again after a later one. */
function checkOrder(id: string, received: Delivery[]): Violation[] {
  const accepted = new Set<number>();
  let last = -1;
  for (const { type, status, at } of received.toSorted((a, b) => a.at - b.at)) {
    const rank = ORDER.indexOf(type);
    const overtakes = rank > last && last >= 0 && !accepted.has(last);
    if (rank < last || overtakes) {
      const detail = `${id} ${type} at ${new Date(at).toISOString()}`;
      return [{ rule: 'messages of a reservation come in order', detail }];
    }
    last = rank;
    if (status === 200) accepted.add(rank);
  }
  return [];
}
