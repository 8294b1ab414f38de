import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import * as contract from '../../contract/routes.ts';
import type { OrganizerTicketType } from '../../contract/schemas.ts';
import { textFor } from '../../lib/language.ts';
import { messages } from '../../lib/messages.ts';
import type { Change } from '../plugin.ts';
import { requireRevision, sendRevision } from '../revision.ts';
import { changeTicketType, createTicketType, deleteTicketType } from './change.ts';
import { getTicketType, listTicketTypes, stockOf } from './queries.ts';

/** The ticket types of an event, for its organizer. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin, db, live } = app;

  /** Hidden types are in no news, and neither is it news that one was hidden: instances see it when they compare versions. */
  async function announce({ trx, afterCommit }: Change, { id, hidden }: OrganizerTicketType): Promise<void> {
    if (hidden) return;
    const changes = await stockOf(trx, id);
    afterCommit(() => live.publish([changes]));
  }

  app.route({
    ...contract.listOrganizerTicketTypes,
    handler: async (request) => {
      const { id } = request.params;
      await admin.requireEvent(db, request.user, id);
      return { ticket_types: await listTicketTypes(db, id) };
    },
  });

  app.route({
    ...contract.createTicketType,
    handler: async (request, reply) => {
      const { id } = request.params;
      const make = async (change: Change) => {
        await admin.requireEvent(change.trx, request.user, id, 'no key update');
        const ticket_type = await createTicketType(change, id, request.body);
        change.afterCommit(admin.refreshCatalogue);
        await announce(change, ticket_type);
        return { ticket_type };
      };
      const answer = await admin.change(request, make, 201);
      sendRevision(reply, answer.ticket_type.revision);
      reply.code(201);
      return answer;
    },
  });

  app.route({
    ...contract.getOrganizerTicketType,
    handler: async (request, reply) => {
      const { id, ticketTypeId } = request.params;
      await admin.requireEvent(db, request.user, id);
      const ticket_type = await getTicketType(db, id, ticketTypeId);
      sendRevision(reply, ticket_type.revision);
      return { ticket_type };
    },
  });

  app.route({
    ...contract.changeTicketType,
    handler: async (request, reply) => {
      const { id, ticketTypeId } = request.params;
      const answer = await admin.change(request, async (change) => {
        await admin.requireEvent(change.trx, request.user, id);
        const before = await getTicketType(change.trx, id, ticketTypeId, 'no key update');
        requireRevision(request, before.revision);
        const ticket_type = await changeTicketType(change, before, request.body);
        change.afterCommit(admin.refreshCatalogue);
        if (before.total_quantity !== ticket_type.total_quantity && before.hidden === ticket_type.hidden)
          await announce(change, ticket_type);
        return { ticket_type };
      });
      sendRevision(reply, answer.ticket_type.revision);
      return answer;
    },
  });

  app.route({
    ...contract.deleteTicketType,
    handler: async (request) => {
      const { id, ticketTypeId } = request.params;
      return await admin.change(request, async (change) => {
        await admin.requireEvent(change.trx, request.user, id);
        await deleteTicketType(change, await getTicketType(change.trx, id, ticketTypeId, 'update'));
        change.afterCommit(admin.refreshCatalogue);
        return { message: textFor(request, messages.ticketTypeDeleted) };
      });
    },
  });
};

export default routes;
