import type { FastifyRequest } from 'fastify';
import type { Db } from '../database/database.ts';
import type { Claims } from '../plugins/auth.ts';

/** Who makes a change, and in which request. */
export interface Actor extends Claims {
  requestId: string;
}

export interface AuditEntry {
  /** The entity and what was done to it, such as `event.publish`. */
  action: `${'layout' | 'event' | 'ticket_type' | 'seats' | 'seat_block' | 'queue' | 'reservation' | 'webhook'}.${string}`;
  entityId: string;
  /** Null if the entity belongs to no event. */
  eventId: string | null;
  reason?: string | undefined;
  /** The fields that matter, as they were. Left out if the entity is new. */
  before?: object | undefined;
  /** The same fields as they are now. Left out if the entity is gone. */
  after?: object | undefined;
}

export function actorOf({ user, id }: Pick<FastifyRequest, 'user' | 'id'>): Actor {
  return { userId: user.userId, role: user.role, requestId: id };
}

/** @param actor 'system' for what the service does by itself, at a time that was set */
export async function record(trx: Db, actor: Actor | 'system', entry: AuditEntry): Promise<void> {
  await trx
    .insertInto('audit_log')
    .values({
      actor_id: actor === 'system' ? null : actor.userId,
      actor_role: actor === 'system' ? 'system' : actor.role,
      request_id: actor === 'system' ? null : actor.requestId,
      action: entry.action,
      entity_id: entry.entityId,
      event_id: entry.eventId,
      reason: entry.reason ?? null,
      before: entry.before ? JSON.stringify(entry.before) : null,
      after: entry.after ? JSON.stringify(entry.after) : null,
    })
    .execute();
}
