import { createHash } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { record } from '../../audit/record.ts';
import * as contract from '../../contract/routes.ts';
import { invalid } from '../../errors/problem.ts';
import { OneAtATime } from '../../lib/one-at-a-time.ts';
import { newUuid, uuidFromHex } from '../../lib/uuid.ts';
import { blockSeats, type NotBlocked } from '../../sales/blocks/block-seats.ts';
import { releaseSeats } from '../../sales/blocks/release-seats.ts';
import { requireSelection, selectSeats } from '../../sales/blocks/select-seats.ts';
import { inBatches } from './in-batches.ts';
import { readSeatBlock, seatsOfBlock } from './queries.ts';

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin } = app;
  /** A call needs two connections at a time. Many at once would wait for each other's. */
  const calls = new OneAtATime();

  app.route({
    ...contract.blockSeats,
    handler: async (request, reply) => {
      const { params, user, body } = request;
      const { reason, release_at = null, ...selection } = body;
      requireSelection(selection);
      if (release_at !== null && !(Date.parse(release_at) > Date.now()))
        throw invalid('body/release_at', 'must be in the future');
      const block = { id: idOf(request), event_id: params.id, reason, release_at, created_by: user.userId };
      const notBlocked: NotBlocked = { held: [], sold: [], blocked: [] };
      let count = 0;
      const answer = await calls.run(() =>
        admin.change(
          request,
          async (change) => {
            const { trx, actor } = change;
            await admin.requireEvent(trx, user, params.id);
            const seatIds = await selectSeats(trx, params.id, selection);
            if (!seatIds) return 'SEAT_NOT_FOUND';
            await inBatches(app, change, seatIds, async (batch, ids) => {
              const { blocked, not_blocked, made, changes } = await blockSeats(batch, block, ids);
              if (made)
                await record(batch, actor, {
                  action: 'seat_block.create',
                  entityId: block.id,
                  eventId: params.id,
                  reason,
                  after: { release_at, ...selection },
                });
              count += blocked.length;
              for (const why of ['held', 'sold', 'blocked'] as const)
                notBlocked[why].push(...not_blocked[why]);
              return changes;
            });
            const made = await readSeatBlock(trx, params.id, block.id);
            // In the order of the contract, so that a repeated answer is the same to the byte.
            return { blocked: count, not_blocked: notBlocked, ...(made && { block: made }) };
          },
          201,
        ),
      );
      reply.code(201);
      return answer;
    },
  });

  app.route({
    ...contract.unblockSeats,
    handler: async (request) => {
      const { params, user, body } = request;
      const { block_id, ...selection } = body;
      if (block_id === undefined) requireSelection(selection);
      else if (Object.keys(selection).length > 0) throw invalid('body', 'must name a block, or seats');
      let count = 0;
      return await calls.run(() =>
        admin.change(request, async (change) => {
          const { trx, actor } = change;
          await admin.requireEvent(trx, user, params.id);
          const seatIds =
            block_id === undefined
              ? await selectSeats(trx, params.id, selection)
              : await seatsOfBlock(trx, params.id, block_id);
          if (!seatIds) return block_id === undefined ? 'SEAT_NOT_FOUND' : 'SEAT_BLOCK_NOT_FOUND';
          await inBatches(app, change, seatIds, async (batch, ids) => {
            const { seats, changes } = await releaseSeats(batch, ids);
            if (count === 0 && seats > 0)
              await record(batch, actor, {
                action: 'seat_block.release',
                entityId: block_id ?? params.id,
                eventId: params.id,
                before: { status: 'blocked', ...body },
                after: { status: 'available', ...body },
              });
            count += seats;
            return changes;
          });
          return { unblocked: count };
        }),
      );
    },
  });
};

/** The same for a call that is repeated under its key: if it was interrupted, it goes on with its block. */
function idOf({ user, idempotency }: FastifyRequest): string {
  if (!idempotency) return newUuid();
  const name = JSON.stringify([user.userId, idempotency.key, idempotency.fingerprint]);
  const hex = createHash('sha256').update(name).digest('hex');
  return uuidFromHex(`${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17, 32)}`);
}

export default routes;
