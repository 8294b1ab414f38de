import type { FastifyInstance } from 'fastify';
import { writeStatement } from '../../../../src/sales/group-commit/batch.ts';
import { decide } from '../../../../src/sales/group-commit/decide.ts';
import { lockFacts } from '../../../../src/sales/group-commit/facts.ts';
import type { Hold } from '../../../../src/sales/hold.ts';
import type { HoldRequest } from '../../../../src/sales/hold-request.ts';
import type { Sales } from '../../../../src/sales/plugin.ts';

/** The engine with one thing wrong, for controls: it takes every seat for free. */
export function carelessly({ salePool, sales }: FastifyInstance): Sales {
  return {
    ...sales,
    hold: (async (request: HoldRequest) => {
      if (request.kind !== 'seats') return await sales.hold(request);
      const client = await salePool.connect();
      try {
        const limits = { holdSeconds: 300, maxSeatsPerReservation: 4, maxSeatsPerUser: 4 } as never;
        const facts = await lockFacts(client, [request], limits);
        for (const seat of facts.seats.values()) seat.status = 'available';
        const { outcomes, writes } = decide([request], facts, new Map());
        await client.query(writeStatement(writes));
        await client.query('COMMIT');
        const [outcome] = outcomes;
        if (!outcome || outcome.kind === 'crowded')
          throw new Error('a request for certain seats is never crowded');
        return outcome;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    }) as Hold,
  };
}
