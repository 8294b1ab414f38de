// Turns the operations of the bundled document into route constants, and into the lines that compare the two generators.

import {
  type Json,
  type JsonObject,
  listAt,
  literal,
  objectAt,
  propertyName,
  resolved,
  stringAt,
} from './json.ts';
import { typebox } from './typebox.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
const JSON_TYPE = 'application/json';
const TYPES = [JSON_TYPE, 'text/plain', 'text/event-stream', 'text/csv', 'application/x-ndjson'];
/** Their bodies are bytes. One operation may have several of them. */
const BINARY_TYPES = ['image/png', 'image/jpeg', 'image/webp'];

export interface Operation {
  operationId: string;
  summary: string;
  method: string;
  url: string;
  auth: 'public' | 'user' | 'organizer' | 'admin' | 'service';
  /** One object schema for the parameters of each place, if there are any. */
  params: JsonObject | undefined;
  querystring: JsonObject | undefined;
  headers: JsonObject | undefined;
  body: { mediaTypes: string[]; schema: Json; required: boolean } | undefined;
  responses: { status: string; mediaTypes: string[]; schema: Json }[];
  errors: { status: string; codes: string[] }[];
  path: string;
}

export function readOperations(document: JsonObject): Operation[] {
  const operations = Object.entries(objectAt(document.paths, '#/paths')).flatMap(([url, value]) => {
    const item = resolved(document, value, url);
    return METHODS.filter((method) => item[method] !== undefined).map((method) =>
      readOperation(document, url, method, item),
    );
  });
  const seen = new Set<string>();
  for (const { operationId, path } of operations) {
    if (!/^[a-z][A-Za-z0-9]*$/.test(operationId))
      throw new Error(`Not a name for a constant: ${operationId} at ${path}`);
    if (seen.has(operationId)) throw new Error(`operationId ${operationId} is used twice`);
    seen.add(operationId);
  }
  return operations;
}

function readOperation(document: JsonObject, url: string, method: string, item: JsonObject): Operation {
  const path = `${method.toUpperCase()} ${url}`;
  const operation = objectAt(item[method], path);
  const parameters = [
    ...listAt(item.parameters ?? [], path),
    ...listAt(operation.parameters ?? [], path),
  ].map((value) => resolved(document, value, path));
  const responses = Object.entries(objectAt(operation.responses, path)).map(([status, value]) => ({
    status,
    response: resolved(document, value, path),
  }));
  const body =
    operation.requestBody === undefined ? undefined : resolved(document, operation.requestBody, path);
  return {
    operationId: stringAt(operation.operationId, path),
    summary: stringAt(operation.summary, path),
    method: method.toUpperCase(),
    url: url.replaceAll(/\{(\w+)\}/g, ':$1'),
    auth: authOf(document, operation, path),
    params: parameterSchema(parameters, 'path', path),
    querystring: parameterSchema(parameters, 'query', path),
    headers: parameterSchema(parameters, 'header', path),
    body:
      body === undefined
        ? undefined
        : {
            mediaTypes: mediaTypesOf(body, path),
            schema: contentSchema(body, path),
            required: body.required === true,
          },
    responses: responses
      .filter(({ response }) => response.content !== undefined)
      .map(({ status, response }) => ({
        status,
        mediaTypes: mediaTypesOf(response, `${path} ${status}`),
        schema: contentSchema(response, `${path} ${status}`),
      })),
    errors: responses
      .map(({ status, response }) => ({ status, codes: errorCodes(document, response, `${path} ${status}`) }))
      .filter(({ codes }) => codes.length > 0),
    path,
  };
}

function authOf(document: JsonObject, operation: JsonObject, path: string): Operation['auth'] {
  const ways = listAt(operation.security ?? document.security ?? [], `${path} security`);
  // The operation itself checks any other kind of token.
  const isPublic = !ways.some((way) => 'bearer' in objectAt(way, `${path} security`));
  const role = operation['x-role'];
  if (role === undefined) return isPublic ? 'public' : 'user';
  if ((role !== 'organizer' && role !== 'admin' && role !== 'service') || isPublic)
    throw new Error(`Unsupported x-role at ${path}`);
  return role;
}

function parameterSchema(parameters: JsonObject[], place: string, path: string): JsonObject | undefined {
  const chosen = parameters.filter((parameter) => parameter.in === place);
  if (chosen.length === 0) return undefined;
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const parameter of chosen) {
    const given = stringAt(parameter.name, path);
    const name = place === 'header' ? given.toLowerCase() : given;
    const schema = objectAt(parameter.schema, `${path} ${given}`);
    properties[name] = schema;
    // The validator fills in a default before the handler runs, so the handler can rely on the value.
    if (parameter.required === true || schema.default !== undefined) required.push(name);
  }
  return { type: 'object', required, properties };
}

function contentSchema(holder: JsonObject, path: string): Json {
  const content = objectAt(holder.content, path);
  const schemas = mediaTypesOf(holder, path).map((type) => objectAt(content[type], path).schema);
  const [schema] = schemas;
  if (schema === undefined) throw new Error(`No schema at ${path}`);
  if (schemas.some((other) => JSON.stringify(other) !== JSON.stringify(schema)))
    throw new Error(`Unsupported: media types with different schemas at ${path}`);
  return schema;
}

function mediaTypesOf(holder: JsonObject, path: string): string[] {
  const types = Object.keys(objectAt(holder.content, path));
  const areBinary = types.every((type) => BINARY_TYPES.includes(type));
  if (types.length === 0 || !(areBinary || (types.length === 1 && TYPES.includes(types[0] as string))))
    throw new Error(
      `Only ${TYPES.join(', ')}, or any of ${BINARY_TYPES.join(', ')}, are supported, at ${path}`,
    );
  return types;
}

/** The keys of a Problem answer's examples are its codes. Each must be a known code, and the description must name it. */
function errorCodes(document: JsonObject, response: JsonObject, path: string): string[] {
  if (response.content === undefined) return [];
  if (objectAt(contentSchema(response, path), path).$ref !== '#/components/schemas/Problem') return [];
  const media = objectAt(objectAt(response.content, path)[JSON_TYPE], path);
  const known = objectAt(objectAt(objectAt(document.components, path).schemas, path).ErrorCode, path).enum;
  const examples = Object.entries(objectAt(media.examples, `${path} examples`));
  return examples.map(([code, value]) => {
    const example = objectAt(objectAt(value, `${path} ${code}`).value, `${path} ${code}`);
    if (example.code !== code || !listAt(known, 'ErrorCode').includes(code)) {
      throw new Error(`Example ${code} does not carry a known code of that name, at ${path}`);
    }
    if (!stringAt(response.description, path).includes(`\`${code}\``)) {
      throw new Error(`The description does not name ${code}, at ${path}`);
    }
    return code;
  });
}

export function routeConstants(operations: Operation[]): string {
  const constants = operations.map((operation) => {
    const part = (name: 'params' | 'querystring' | 'headers' | 'body') => {
      const schema = name === 'body' ? operation.body?.schema : operation[name];
      if (schema === undefined) return '';
      const given = typebox(schema, `${operation.path} ${name}`, {
        prefix: 'schemas.',
        indent: '    ',
      });
      // Fastify validates a missing body as null.
      const optional = name === 'body' && !operation.body?.required;
      const code = optional ? `Type.Union([${given}, Type.Null()])` : given;
      return `    ${name}: ${code},\n`;
    };
    const responses = operation.responses.map(({ status, schema }) => {
      const code = typebox(schema, `${operation.path} ${status}`, { prefix: 'schemas.', indent: '      ' });
      return `      ${propertyName(status).replaceAll(/'(\d+)'/g, '$1')}: ${code},\n`;
    });
    const schema = `${part('params')}${part('querystring')}${part('headers')}${part('body')}    response: {\n${responses.join('')}    },\n`;
    return `/** ${operation.summary} */
export const ${operation.operationId} = {
  method: ${literal(operation.method)},
  url: ${literal(operation.url)},
  config: { operationId: ${literal(operation.operationId)}, auth: ${literal(operation.auth)} },
  schema: {\n${schema}  },
} as const;\n`;
  });
  const names = operations.map(({ operationId }) => `  ${operationId},\n`).join('');
  const errors = operations.map(({ operationId, errors }) => {
    const statuses = errors.map(({ status, codes }) => `    ${status}: ${literal(codes)},\n`).join('');
    return statuses === '' ? `  ${operationId}: {},\n` : `  ${operationId}: {\n${statuses}  },\n`;
  });
  return `${constants.join('\n')}
/** All operations, by operationId. */
export const routes = {\n${names}} as const;

/** The codes that each operation documents, by status. */
export const errorCodes = {\n${errors.join('')}} as const;\n`;
}

export function operationProofs(operations: Operation[]): string[] {
  return operations.flatMap((operation) => {
    const documented = `operations['${operation.operationId}']`;
    const built = `typeof routes.${operation.operationId}.schema`;
    const lines = operation.responses.flatMap(({ status, mediaTypes }) =>
      mediaTypes.map(
        (type) =>
          `Same<${documented}['responses'][${status}]['content']['${type}'], Static<(${built})['response'][${status}]>>`,
      ),
    );
    if (operation.body !== undefined) {
      const { mediaTypes, required } = operation.body;
      lines.unshift(
        ...mediaTypes.map((type) =>
          required
            ? `Same<${documented}['requestBody']['content']['${type}'], Static<(${built})['body']>>`
            : `Same<NonNullable<${documented}['requestBody']>['content']['${type}'] | null, Static<(${built})['body']>>`,
        ),
      );
    }
    if (operation.querystring !== undefined) {
      // Required on both sides: a parameter with a default is optional in the request and always present in the handler.
      lines.unshift(
        `Same<Required<NonNullable<${documented}['parameters']['query']>>, Required<Static<(${built})['querystring']>>>`,
      );
    }
    if (operation.headers !== undefined) {
      // Node's header names are in lower case.
      lines.unshift(
        `Same<LowerCased<NonNullable<${documented}['parameters']['header']>>, Static<(${built})['headers']>>`,
      );
    }
    if (operation.params !== undefined) {
      lines.unshift(`Same<${documented}['parameters']['path'], Static<(${built})['params']>>`);
    }
    return lines;
  });
}
