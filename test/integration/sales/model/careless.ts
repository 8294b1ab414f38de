import type { FastifyInstance } from 'fastify';
import { written } from '../../../../src/sales/group-commit/batch.ts';
import { decide } from '../../../../src/sales/group-commit/decide.ts';
import { lockFacts } from '../../../../src/sales/group-commit/facts.ts';
import type { Demand } from '../../../../src/sales/hold-request.ts';
import type { Sales } from '../../../../src/sales/plugin.ts';

/** The engine with one thing wrong, for controls: it takes every seat for free. */
export function carelessly({ salePool, sales }: FastifyInstance): Sales {
  return {
    ...sales,
    async submit(demand: Demand) {
      if (demand.kind !== 'seats') return await sales.submit(demand);
      const client = await salePool.connect();
      try {
        await client.query('BEGIN');
        const settings = { holdSeconds: 300, maxSeatsPerReservation: 4, maxSeatsPerUser: 4 } as never;
        const facts = await lockFacts(client, [demand], settings);
        for (const seat of facts.seats.values()) seat.status = 'available';
        const { verdicts, writes } = decide([demand], facts, settings, new Map(), new Set());
        await client.query(written(writes, 300));
        await client.query('COMMIT');
        const [verdict] = verdicts;
        if (!verdict || verdict.kind === 'crowded')
          throw new Error('a demand for certain seats is never crowded');
        return verdict;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}
