import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { openapi } from '../contract/openapi.ts';

/** Swagger UI at /docs, and the contract as it was written at /docs/json and /docs/yaml. */
export default fp<{ authServiceUrl: string }>(
  async (app, { authServiceUrl }) => {
    const document = structuredClone(openapi);
    const bearer = document.components?.securitySchemes?.bearer;
    if (bearer && 'description' in bearer)
      bearer.description += `\n\nTokens come from the auth service: ${authServiceUrl}`;
    await app.register(swagger, { mode: 'static', specification: { document } });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { persistAuthorization: true, displayRequestDuration: true, docExpansion: 'list' },
      theme: { title: 'Tiketi Ticket Service' },
    });
  },
  { name: 'docs' },
);
