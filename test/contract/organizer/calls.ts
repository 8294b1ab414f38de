import type { OperationId } from '../answers.ts';
import type { OrganizerCall } from '../call.ts';
import { endingCalls } from './endings.ts';
import { eventCalls } from './events.ts';
import { hallCalls } from './halls.ts';
import { integrationCalls } from './integrations.ts';
import { posterCalls } from './posters.ts';
import { salesCalls } from './sales.ts';
import { seatCalls } from './seats.ts';
import { statusCalls } from './status.ts';
import { ticketTypeCalls } from './ticket-types.ts';

/** One file for each part, beside this one. */
export const organizerCalls: Partial<Record<OperationId, OrganizerCall>> = {
  ...endingCalls,
  ...hallCalls,
  ...eventCalls,
  ...integrationCalls,
  ...posterCalls,
  ...salesCalls,
  ...seatCalls,
  ...statusCalls,
  ...ticketTypeCalls,
};
