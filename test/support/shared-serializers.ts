import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

type Compile = NonNullable<FastifyInstance['serializerCompiler']>;

/** Fastify's own compiler, which it makes for the first route. */
let compile: Compile | undefined;
const compiled = new WeakMap<object, ReturnType<Compile>>();

/**
 * Builds an instance that shares the serializers of the response schemas with the others in this process. Fastify compiles them in 100 of
 * the 230 ms of processor time that an instance takes to start, and the tests start several hundred.
 */
export function withSharedSerializers(build: () => Promise<FastifyInstance>): Promise<FastifyInstance> {
  subscribe('fastify.initialization', share);
  try {
    return build();
  } finally {
    unsubscribe('fastify.initialization', share);
  }
}

function share(message: unknown): void {
  const { fastify: app } = message as { fastify: FastifyInstance };
  if (!compile) {
    app.addHook('onRoute', function ({ schema }) {
      if (!schema?.response) return;
      this.addHook('onReady', async () => {
        compile ??= this.serializerCompiler;
      });
    });
    return;
  }
  const fresh = compile;
  app.setSerializerCompiler((route) => {
    const schema = route.schema as object;
    const serialize = compiled.get(schema) ?? fresh(route);
    compiled.set(schema, serialize);
    return serialize;
  });
}
