import type { OrganizerCall } from '../call.ts';

export const statusCalls = {
  getServiceStatus: async (_service, { method, url, headers }) => ({ method, url, headers }),
} satisfies Record<string, OrganizerCall>;
