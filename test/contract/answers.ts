import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import { openapi } from '../../src/contract/openapi.ts';
import type { routes } from '../../src/contract/routes.ts';

export type OperationId = keyof typeof routes;

export interface Answer {
  statusCode: number;
  headers: Record<string, string | string[] | number | undefined>;
  body: string;
}

interface Ref {
  $ref: string;
}
interface DocumentedHeader {
  required?: boolean;
  schema: { type: string };
}
interface DocumentedResponse {
  headers?: Record<string, Ref>;
  content: {
    'application/json'?: { schema: Ref; examples?: Record<string, { value: unknown }> };
    'text/plain'?: { schema: object };
    'text/event-stream'?: { schema: object };
    'text/csv'?: { schema: object };
    'application/x-ndjson'?: { schema: object };
    'image/png'?: { schema: object };
  };
}
interface DocumentedOperation {
  operationId: OperationId;
  responses: Record<string, DocumentedResponse | Ref>;
}

const CONTENT_TYPES = {
  'application/json': 'application/json; charset=utf-8',
  'text/plain': 'text/plain; version=0.0.4; charset=utf-8',
  'text/event-stream': 'text/event-stream',
  'text/csv': 'text/csv; charset=utf-8',
  'application/x-ndjson': 'application/x-ndjson',
  'image/png': 'image/png',
};
const SCHEMAS = '#/components/schemas/';
const PROBLEM = `${SCHEMAS}Problem`;

// Strict, so that a keyword that Ajv ignores does not pass for a promise.
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
ajv.addVocabulary(['example']);
addFormats.default(ajv);
ajv.addSchema({
  $id: 'contract',
  $defs: JSON.parse(JSON.stringify(openapi.components?.schemas).replaceAll(SCHEMAS, '#/$defs/')),
});
const validators = new Map<string, ValidateFunction>();

export function resolve<T>(value: T | Ref): T {
  if (!('$ref' in (value as object))) return value as T;
  const keys = (value as Ref).$ref.slice(2).split('/');
  return keys.reduce((at, key) => (at as Record<string, unknown>)[key], openapi as unknown) as T;
}

/** The documented answers of each operation, by status. */
export const documented = new Map<OperationId, Map<number, DocumentedResponse>>(
  Object.values(openapi.paths).flatMap((item) =>
    Object.values(item as Record<string, DocumentedOperation>)
      .filter((operation) => operation.operationId !== undefined)
      .map(({ operationId, responses }) => [
        operationId,
        new Map(Object.entries(responses).map(([status, response]) => [Number(status), resolve(response)])),
      ]),
  ),
);

/** Every documented answer as `<operationId> <status> <code>`, without a code if the answer isn't a Problem. */
export const documentedAnswers: string[] = [...documented].flatMap(([operationId, responses]) =>
  [...responses].flatMap(([status, { content }]) => {
    const { schema, examples = {} } = content['application/json'] ?? {};
    const codes = schema?.$ref === PROBLEM ? Object.keys(examples).map((code) => ` ${code}`) : [''];
    return codes.map((code) => `${operationId} ${status}${code}`);
  }),
);

function validate($ref: string, body: unknown, what: string): void {
  const validator = validators.get($ref) ?? ajv.compile({ $ref: $ref.replace(SCHEMAS, 'contract#/$defs/') });
  validators.set($ref, validator);
  expect(validator(body) ? [] : validator.errors, what).toEqual([]);
}

/** Compares an answer with the contract: its status, type and headers, and every field of its body. */
export function expectDocumented(operationId: OperationId, answer: Answer): string {
  const what = `${operationId} ${answer.statusCode} ${answer.body}`;
  const response = documented.get(operationId)?.get(answer.statusCode);
  if (!response) throw new Error(`not a documented status: ${what}`);
  const json = response.content['application/json'];
  const [type = ''] = Object.keys(response.content);
  expect(answer.headers['content-type'], what).toBe(CONTENT_TYPES[type as keyof typeof CONTENT_TYPES]);
  for (const [name, header] of Object.entries(response.headers ?? {})) {
    const value = answer.headers[name.toLowerCase()];
    const { schema, required = false } = resolve<DocumentedHeader>(header);
    if (value === undefined && !required) continue;
    const read = schema.type === 'integer' ? Number(value) : value;
    expect(ajv.validate(schema, read), `${name}: ${value} of ${what}`).toBe(true);
  }
  if (!json) return `${operationId} ${answer.statusCode}`;
  const { schema, examples } = json;
  const body = JSON.parse(answer.body);
  validate(schema.$ref, body, what);
  if (schema.$ref !== PROBLEM) return `${operationId} ${answer.statusCode}`;
  expect(Object.keys(examples ?? {}), what).toContain(body.code);
  return `${operationId} ${answer.statusCode} ${body.code}`;
}

/** Checks an answer that every address can give, whatever the operation. */
export function expectProblem(answer: Answer): { error: string; code: string; requestId: string } {
  expect(answer.headers['content-type'], answer.body).toBe('application/json; charset=utf-8');
  const problem = JSON.parse(answer.body);
  validate(PROBLEM, problem, answer.body);
  return problem;
}
