import type { OperationId } from '../answers.ts';
import type { OrganizerCall } from './calls.ts';

export const integrationCalls: Partial<Record<OperationId, OrganizerCall>> = {
  listAuditLog: async (_service, { method, url, headers }) => ({ method, headers, url: `${url}?limit=1` }),
};
