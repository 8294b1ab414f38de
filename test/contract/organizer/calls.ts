import type { Service } from '../../support/service.ts';
import type { OperationId } from '../answers.ts';
import type { Call } from '../calls.ts';
import { endingCalls } from './endings.ts';
import { eventCalls } from './events.ts';
import { hallCalls } from './halls.ts';
import { integrationCalls } from './integrations.ts';
import { salesCalls } from './sales.ts';
import { seatCalls } from './seats.ts';
import { ticketTypeCalls } from './ticket-types.ts';

/** What the contract says of an operation, with a token for it. */
export interface Draft extends Pick<Call, 'method' | 'url' | 'headers'> {
  /** The user of the token. */
  userId: string;
}

/** Completes a call of an operation for organizers so that it succeeds, with an event of its own. */
export type OrganizerCall = (service: Service, draft: Draft) => Promise<Call>;

/** One file for each part, beside this one. */
export const organizerCalls: Partial<Record<OperationId, OrganizerCall>> = {
  ...endingCalls,
  ...hallCalls,
  ...eventCalls,
  ...integrationCalls,
  ...salesCalls,
  ...seatCalls,
  ...ticketTypeCalls,
};
