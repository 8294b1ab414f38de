import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type TSchema, Type } from '@sinclair/typebox';
import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { generate, staleFiles } from '../../../openapi/generate.ts';
import type { Json, JsonObject } from '../../../openapi/json.ts';
import { operationProofs, readOperations, routeConstants } from '../../../openapi/operations.ts';
import { schemaConstants, typebox } from '../../../openapi/typebox.ts';
import * as contract from '../../../src/contract/routes.ts';
import * as schemas from '../../../src/contract/schemas.ts';
import { clientEventSchemas, serverEventSchemas } from '../../../src/contract/socket.ts';

const code = (schema: Json) => typebox(schema, '#/components/schemas/Sample', { prefix: '' });

/** Runs the generated source, and returns the schema that the service would use. */
const built = (schema: Json): TSchema =>
  new Function('Type', `return ${code(schema).replaceAll(/Type\.Unsafe<[^>]*>/g, 'Type.Unsafe')}`)(Type);

let generated: Awaited<ReturnType<typeof generate>>;
beforeAll(async () => {
  generated = await generate();
});

describe('src/contract', () => {
  it('is up to date with openapi/', async () => {
    expect(await staleFiles(generated)).toEqual([]);
  });

  it('is the same each time it is generated', async () => {
    expect(await generate()).toEqual(generated);
  });

  it('is reported as stale where a file differs or is missing', async () => {
    const files = new Map(generated);
    files.set('routes.ts', 'something else');
    files.delete('schemas.ts');
    expect(await staleFiles(files)).toEqual(['routes.ts', 'schemas.ts']);
  });

  it('says which caller each operation requires', () => {
    const callers = Object.groupBy(Object.values(contract.routes), ({ config }) => config.auth);
    expect(callers.admin?.map(({ config }) => config.operationId)).toEqual([
      'getQueueAdmin',
      'updateQueueSettings',
      'clearQueue',
    ]);
    expect(callers.public?.map(({ config }) => config.operationId).join(' ')).toBe(
      'getHealth getReadiness getMetrics listEvents getEvent getPoster listTicketTypes getTicketAvailability listSeatLayouts getSeatMap getSeatLayout getSeatStatuses getEventChanges streamEvent getQueueLottery getQueueLotteryOrder',
    );
  });

  it('documents codes for every error answer of every operation', () => {
    for (const [operationId, { schema }] of Object.entries(contract.routes)) {
      const answers = Object.entries(schema.response).filter(([, answer]) => answer === schemas.Problem);
      const documented = contract.errorCodes[operationId as keyof typeof contract.errorCodes];
      expect(Object.keys(documented), operationId).toEqual(answers.map(([status]) => status));
    }
  });

  it('has a schema for every Socket.IO event', () => {
    expect(Object.keys(clientEventSchemas)).toHaveLength(8);
    expect(Object.keys(serverEventSchemas)).toHaveLength(15);
    // Existing clients send additional fields.
    expect(clientEventSchemas['join-event']).not.toHaveProperty('additionalProperties');
  });
});

describe('the generator', () => {
  it.each<[string, Json]>([
    ['maxProperties', { type: 'object', maxProperties: 1, properties: { a: { type: 'string' } } }],
    ['allOf', { allOf: [{ type: 'string' }] }],
    ['readOnly', { type: 'string', readOnly: true }],
    ['nullable', { type: 'string', nullable: true }],
    ['maximum', { type: 'string', maximum: 3 }],
    ['minLength', { type: 'integer', minLength: 3 }],
    ['default', { $ref: '#/components/schemas/Other', default: 1 }],
    ['additionalProperties', { type: 'object', properties: {}, additionalProperties: { type: 'string' } }],
  ])('refuses the unsupported keyword %s, and says where it is', (keyword, schema) => {
    expect(() => code({ type: 'array', items: schema })).toThrow(
      new RegExp(`Unsupported keyword "${keyword}".* at #/components/schemas/Sample/items`),
    );
  });

  it.each<Json>(['file', ['string', 'integer'], ['string', 'integer', 'null'], 7])(
    'refuses the type %j',
    (type) => {
      expect(() => code({ type })).toThrow(/Unsupported type .* at #\/components\/schemas\/Sample/);
    },
  );

  it.each(['Error', 'Event', 'Type'])('refuses a schema named %s', (name) => {
    expect(() => schemaConstants({ [name]: { type: 'string' } })).toThrow(name);
  });

  it('refuses a schema that contains itself', () => {
    const node: Json = { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } };
    expect(() => schemaConstants({ Node: node })).toThrow('Node > Node');
  });

  it('puts a schema after the schemas that it refers to', () => {
    const source = schemaConstants({
      A: { type: 'array', items: { $ref: '#/components/schemas/Z' } },
      Z: { type: 'string' },
    });
    expect(source.indexOf('const Z')).toBeLessThan(source.indexOf('const A'));
  });

  it('keeps integers, enums, nulls and constraints', () => {
    expect(code({ type: 'integer', minimum: 1, maximum: 1000 })).toBe(
      'Type.Integer({ minimum: 1, maximum: 1000 })',
    );
    expect(code({ type: 'string', enum: ['a', "b'"] })).toBe(
      `Type.Unsafe<'a' | 'b\\''>({ type: 'string', enum: ['a', 'b\\''] })`,
    );
    expect(code({ type: ['string', 'null'], maxLength: 5 })).toBe(
      `Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 5 })`,
    );
    expect(code({ type: 'string', pattern: '^\\d+$' })).toBe(`Type.String({ pattern: '^\\\\d+$' })`);
    expect(code({ type: 'array', items: { type: 'string' }, uniqueItems: true })).toBe(
      'Type.Array(Type.String(), { uniqueItems: true })',
    );
    const settings = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };
    expect(built({ ...settings, minProperties: 1 })).toMatchObject({
      additionalProperties: false,
      minProperties: 1,
    });
  });

  it('makes bytes of a binary body, in each of its media types', () => {
    expect(code({ type: 'string', format: 'binary', description: 'x' })).toBe('Type.Unsafe<Uint8Array>({})');
    expect(() => code({ type: 'string', format: 'binary', maxLength: 5 })).toThrow(
      'Unsupported keyword "maxLength"',
    );
    const documentOf = (content: JsonObject): JsonObject => ({
      paths: {
        '/image': {
          put: {
            operationId: 'putImage',
            summary: 'x',
            requestBody: { required: true, content },
            responses: { 204: { description: 'x' } },
          },
        },
      },
    });
    const bytes = { schema: { type: 'string', format: 'binary' } };
    const operations = readOperations(documentOf({ 'image/png': bytes, 'image/webp': bytes }));
    expect(routeConstants(operations)).toContain('body: Type.Unsafe<Uint8Array>({})');
    expect(operationProofs(operations)).toEqual([
      "Same<operations['putImage']['requestBody']['content']['image/png'], Static<(typeof routes.putImage.schema)['body']>>",
      "Same<operations['putImage']['requestBody']['content']['image/webp'], Static<(typeof routes.putImage.schema)['body']>>",
    ]);
    for (const content of [
      { 'image/png': bytes, 'application/json': bytes },
      { 'image/gif': bytes },
      { 'image/png': bytes, 'image/webp': { schema: { type: 'string' } } },
    ])
      expect(() => readOperations(documentOf(content))).toThrow('PUT /image');
  });

  it('drops what is for readers', () => {
    expect(code({ type: 'string', description: 'x', example: 'y', examples: ['z'], 'x-note': 1 })).toBe(
      'Type.String()',
    );
  });

  it('makes a parameter with a default always present', () => {
    const source = routeConstants(readOperations(documentWith({ type: 'integer', default: 1 })));
    expect(source).toContain('page: Type.Integer({ default: 1 }),');
    expect(routeConstants(readOperations(documentWith({ type: 'integer' })))).toContain(
      'page: Type.Optional(',
    );
  });

  it('refuses an error answer whose description does not name its codes', () => {
    const document = documentWith({ type: 'integer' }, 'something went wrong');
    expect(() => readOperations(document)).toThrow(
      'The description does not name GONE, at GET /things/{id} 410',
    );
  });
});

describe('a generated route', () => {
  it.each<[string, Json, unknown[]]>([
    ['string', { type: ['string', 'null'] }, [null, '', 'null', '한글 "x"']],
    ['uuid', { type: ['string', 'null'], format: 'uuid' }, [null, '75f3dcb8-aa52-47f6-b714-66c6f2f93aae']],
    ['time', { type: ['string', 'null'], format: 'date-time' }, [null, '2025-12-25T18:00:00.000Z']],
    ['integer', { type: ['integer', 'null'] }, [null, 0, 150_000, Number.MAX_SAFE_INTEGER]],
    ['number', { type: ['number', 'null'] }, [null, 0, 0.25]],
    ['boolean', { type: ['boolean', 'null'] }, [null, false, true]],
    ['enum', { type: ['string', 'null'], enum: ['a', null] }, [null, 'a']],
    ['object', { type: ['object', 'null'], properties: { a: { type: 'integer' } } }, [null, { a: 1 }]],
    ['array', { type: ['array', 'null'], items: { type: 'string' } }, [null, [], ['a']]],
  ])('serializes a nullable %s as it is', async (_name, schema, values) => {
    const app = Fastify();
    const answer = Type.Object({ value: built(schema) });
    app.get('/:index', { schema: { response: { 200: answer } } }, (request) => ({
      value: values[Number((request.params as { index: string }).index)],
    }));
    for (const [index, value] of values.entries()) {
      expect((await app.inject(`/${index}`)).json()).toEqual({ value });
    }
    await app.close();
  });

  it('gives its handler the types of the contract, and validates the request', async () => {
    const app = Fastify({
      ajv: { customOptions: { coerceTypes: false } },
    }).withTypeProvider<TypeBoxTypeProvider>();
    app.setErrorHandler(answerProblem);
    app.route({
      ...contract.createReservation,
      handler: async (request, reply) => {
        const quantity: number = request.body.items.reduce((sum, item) => sum + item.quantity, 0);
        const reservation = {
          id: request.body.eventId,
          reservationNumber: 'TK123456789ABC',
          totalAmount: quantity,
          expiresAt: '2025-12-19T12:35:00.000Z',
        };
        // @ts-expect-error: 200 is not in the contract of this operation
        reply.code(200);
        return reply.code(201).send({ message: '예매가 완료되었습니다.', reservation });
      },
    });
    const id = '75f3dcb8-aa52-47f6-b714-66c6f2f93aae';
    const post = async (payload: JsonObject) =>
      (await app.inject({ ...contract.createReservation, payload })).statusCode;
    const withQuantity = (quantity: Json) => post({ eventId: id, items: [{ ticketTypeId: id, quantity }] });

    expect(await withQuantity(2)).toBe(201);
    for (const quantity of [0, -1, 1.5, 1001, '2', ' 2 ', null, true])
      expect(await withQuantity(quantity), String(quantity)).toBe(400);
    expect(await post({ eventId: id.toUpperCase(), items: [{ ticketTypeId: id, quantity: 1 }] })).toBe(400);
    expect(await post({ eventId: `urn:uuid:${id}`, items: [{ ticketTypeId: id, quantity: 1 }] })).toBe(400);
    expect(await post({ eventId: id, items: [] })).toBe(400);
    expect(await post({ eventId: id })).toBe(400);
    await app.close();
  });

  it('fills in the defaults of a query, and refuses values out of bounds', async () => {
    const app = Fastify().withTypeProvider<TypeBoxTypeProvider>();
    app.setErrorHandler(answerProblem);
    let seen: { page: number; limit: number } | undefined;
    app.route({
      ...contract.listEvents,
      handler: async ({ query }) => {
        seen = { page: query.page, limit: query.limit };
        return { events: [], pagination: { ...seen, total: 0, totalPages: 0 } };
      },
    });
    expect((await app.inject('/api/v1/events?status=all')).statusCode).toBe(200);
    expect(seen).toEqual({ page: 1, limit: 10 });
    for (const query of [
      'limit=0',
      'limit=-1',
      'limit=1001',
      'page=0',
      'page=1.5',
      'status=sold',
      'q=%00',
      `q=${'x'.repeat(1_001)}`,
    ]) {
      expect((await app.inject(`/api/v1/events?${query}`)).statusCode, query).toBe(400);
    }
    await app.close();
  });
});

/** Fastify's own error body is not in the contract, so the serializer of the route would refuse it. */
function answerProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const problem: schemas.Problem = { error: error.message, code: 'VALIDATION_FAILED', requestId: request.id };
  return reply.code(error.statusCode ?? 500).send(problem);
}

function documentWith(page: Json, description = 'gone: `GONE`'): JsonObject {
  return {
    paths: {
      '/things/{id}': {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        get: {
          operationId: 'listThings',
          summary: 'Things',
          security: [],
          parameters: [{ name: 'page', in: 'query', schema: page }],
          responses: {
            '410': {
              description,
              content: {
                'application/json': {
                  schema: { $ref: '#/components/schemas/Problem' },
                  examples: { GONE: { value: { code: 'GONE' } } },
                },
              },
            },
          },
        },
      },
    },
    components: { schemas: { ErrorCode: { type: 'string', enum: ['GONE'] } } },
  };
}
