import type { Db } from '../../src/database/database.ts';

/**
 * Takes locks in a transaction of its own and keeps them, as somebody who is stuck would.
 *
 * @param take locks what is to be held
 * @returns lets go, and resolves when the locks are free
 */
export async function hold(db: Db, take: (trx: Db) => Promise<unknown>): Promise<() => Promise<void>> {
  const taken = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const holder = db.transaction().execute(async (trx) => {
    await take(trx);
    taken.resolve();
    await letGo.promise;
  });
  await Promise.race([taken.promise, holder]);
  return async () => {
    letGo.resolve();
    await holder;
  };
}

/** Keeps the row of a ticket type locked, so that everybody who buys of it waits. */
export function holdStock(db: Db, ticketTypeId: string): Promise<() => Promise<void>> {
  return hold(db, (trx) =>
    trx.selectFrom('ticket_types').select('id').where('id', '=', ticketTypeId).forUpdate().execute(),
  );
}
