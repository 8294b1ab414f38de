import type { FastifyRequest } from 'fastify';
import type { Cancellation } from '../contract/schemas.ts';
import { textFor } from '../lib/language.ts';
import { messages } from '../lib/messages.ts';
import type { Cancelled } from '../sales/lifecycle/cancel.ts';

/** The answer to a cancellation, by the buyer or for them. */
export function cancellation(request: FastifyRequest, cancelled: Cancelled): Cancellation {
  const whole = cancelled.reservation.status === 'cancelled';
  return { message: textFor(request, whole ? messages.cancelled : messages.cancelledInPart), ...cancelled };
}
