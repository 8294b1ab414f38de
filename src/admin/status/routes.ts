import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { getServiceStatus } from '../../contract/routes.ts';
import type { InstanceStatus } from '../../contract/schemas.ts';
import { figuresOf } from './figures.ts';
import type { Instance } from './plugin.ts';
import { version } from './report.ts';

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...getServiceStatus,
    handler: async (_request, reply) => {
      const { complete, instances } = await app.instances.read();
      const sum = (count: 'sockets' | 'streams') =>
        instances.reduce((total, { report }) => total + report[count], 0);
      reply.header('cache-control', 'no-store');
      return {
        version,
        complete,
        instances: instances
          .map(statusOf)
          .sort((one, other) => Date.parse(one.started_at) - Date.parse(other.started_at)),
        total: {
          sockets: sum('sockets'),
          streams: sum('streams'),
          ...figuresOf(instances.map(({ report }) => report.recent)),
        },
      };
    },
  });
};

function statusOf({ id, seenAt, report: { recent, ...report } }: Instance): InstanceStatus {
  return { id, seen_at: seenAt, ...report, ...figuresOf([recent]) };
}

export default routes;
