// Turns the part of JSON Schema that this contract uses into TypeBox source. An unknown keyword is an error, because a keyword that is
// silently dropped is a rule that is not enforced.

import { type Json, type JsonObject, listAt, literal, objectAt, propertyName, stringAt } from './json.ts';

const SCHEMA_REF = '#/components/schemas/';

/** Keywords for readers. They are left out, because Ajv in strict mode refuses them. */
const ANNOTATIONS = new Set([
  'title',
  'description',
  'example',
  'examples',
  'discriminator',
  'deprecated',
  'externalDocs',
  '$comment',
]);

const NUMBER_RULES = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'default'];

const RULES = {
  string: ['minLength', 'maxLength', 'pattern', 'format', 'default'],
  integer: NUMBER_RULES,
  number: NUMBER_RULES,
  boolean: ['default'],
  array: ['minItems', 'maxItems', 'uniqueItems', 'default'],
  object: ['additionalProperties', 'minProperties'],
  null: [],
} as const satisfies Record<string, readonly string[]>;

type Kind = keyof typeof RULES;

const STATIC = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean' } as const;
const BUILDER = { string: 'String', integer: 'Integer', number: 'Number', boolean: 'Boolean' } as const;

export interface Context {
  /** The prefix for the name of a referenced schema, for example `schemas.`. */
  prefix: string;
  indent?: string;
}

/** One schema as a TypeBox expression. */
export function typebox(schema: Json | undefined, path: string, context: Context): string {
  const node = objectAt(schema, path);
  if (node.$ref !== undefined) {
    allowOnly(node, ['$ref'], path);
    return context.prefix + referencedName(node, path);
  }
  if (node.anyOf !== undefined) {
    allowOnly(node, ['anyOf'], path);
    const members = listAt(node.anyOf, path).map((member, index) =>
      typebox(member, `${path}/anyOf/${index}`, context),
    );
    return `Type.Union([${members.join(', ')}])`;
  }
  if (node.const !== undefined) {
    allowOnly(node, ['const', 'type'], path);
    return `Type.Literal(${literal(node.const)})`;
  }
  const { kind, nullable } = kindOf(node, path);
  // Any object, such as the fields of an entry of the audit log.
  if (kind === 'object' && node.additionalProperties === true) {
    allowOnly(node, ['type', 'additionalProperties'], path);
    const rule = literal({ type: node.type ?? kind, additionalProperties: true });
    return `Type.Unsafe<{ [key: string]: unknown }${nullable ? ' | null' : ''}>(${rule})`;
  }
  if (kind === 'null') {
    allowOnly(node, ['type'], path);
    return 'Type.Null()';
  }
  if (kind === 'object' || kind === 'array') {
    const code = kind === 'object' ? objectCode(node, path, context) : arrayCode(node, path, context);
    return nullable ? `Type.Union([${code}, Type.Null()])` : code;
  }
  return primitiveCode(node, kind, nullable, path);
}

function kindOf(node: JsonObject, path: string): { kind: Kind; nullable: boolean } {
  if (node.type === undefined) allowOnly(node, [], path);
  const types = Array.isArray(node.type) ? node.type : [node.type ?? null];
  const nullable = types.length === 2 && types.includes('null');
  const kind = nullable ? types.find((type) => type !== 'null') : types[0];
  if (types.length > 2 || (types.length === 2 && !nullable) || typeof kind !== 'string' || !(kind in RULES)) {
    throw new Error(`Unsupported type ${JSON.stringify(node.type ?? null)} at ${path}`);
  }
  return { kind: kind as Kind, nullable };
}

function primitiveCode(node: JsonObject, kind: keyof typeof STATIC, nullable: boolean, path: string): string {
  if (kind === 'string' && node.format === 'binary') {
    allowOnly(node, ['type', 'format'], path);
    if (nullable) throw new Error(`Unsupported: bytes or null at ${path}`);
    // They are no JSON, and no rule of a schema applies to them.
    return 'Type.Unsafe<Uint8Array>({})';
  }
  const rules = RULES[kind];
  allowOnly(node, ['type', 'enum', ...rules], path);
  const options: JsonObject = {};
  for (const rule of rules) if (node[rule] !== undefined) options[rule] = node[rule];
  if (node.enum !== undefined) {
    const values = listAt(node.enum, `${path}/enum`);
    return `Type.Unsafe<${values.map(literal).join(' | ')}>(${literal({ type: node.type ?? kind, enum: values, ...options })})`;
  }
  // One `type` with two names instead of a union of two schemas: for a union, the serializer validates every value.
  if (nullable)
    return `Type.Unsafe<${STATIC[kind]} | null>(${literal({ type: [kind, 'null'], ...options })})`;
  return `Type.${BUILDER[kind]}(${Object.keys(options).length > 0 ? literal(options) : ''})`;
}

function arrayCode(node: JsonObject, path: string, context: Context): string {
  allowOnly(node, ['type', 'items', ...RULES.array], path);
  const options: JsonObject = {};
  for (const rule of RULES.array) if (node[rule] !== undefined) options[rule] = node[rule];
  const items = typebox(node.items, `${path}/items`, context);
  return Object.keys(options).length > 0
    ? `Type.Array(${items}, ${literal(options)})`
    : `Type.Array(${items})`;
}

function objectCode(node: JsonObject, path: string, context: Context): string {
  allowOnly(node, ['type', 'properties', 'required', ...RULES.object], path);
  const indent = context.indent ?? '';
  const properties = objectAt(node.properties, `${path}/properties`);
  const required = new Set(listAt(node.required ?? [], `${path}/required`));
  for (const name of required) {
    if (typeof name !== 'string' || properties[name] === undefined) {
      throw new Error(`Required but not a property: ${String(name)} at ${path}`);
    }
  }
  const lines = Object.entries(properties).map(([name, property]) => {
    const code = typebox(property, `${path}/properties/${name}`, { ...context, indent: `${indent}  ` });
    return `${indent}  ${propertyName(name)}: ${required.has(name) ? code : `Type.Optional(${code})`},\n`;
  });
  const body = `{\n${lines.join('')}${indent}}`;
  if (node.additionalProperties !== undefined && node.additionalProperties !== false) {
    throw new Error(`Unsupported keyword "additionalProperties" other than false at ${path}`);
  }
  const options: JsonObject = {};
  for (const rule of RULES.object) if (node[rule] !== undefined) options[rule] = node[rule];
  return Object.keys(options).length > 0
    ? `Type.Object(${body}, ${literal(options)})`
    : `Type.Object(${body})`;
}

function allowOnly(node: JsonObject, keywords: readonly string[], path: string): void {
  for (const keyword of Object.keys(node)) {
    if (!keywords.includes(keyword) && !ANNOTATIONS.has(keyword) && !keyword.startsWith('x-')) {
      throw new Error(`Unsupported keyword "${keyword}" at ${path}`);
    }
  }
}

export function referencedName(node: JsonObject, path: string): string {
  const ref = stringAt(node.$ref, path);
  if (!ref.startsWith(SCHEMA_REF))
    throw new Error(`Not a reference to a component schema: ${ref} at ${path}`);
  return ref.slice(SCHEMA_REF.length);
}

/** `export const Name = …` and `export type Name = …` for each schema, after the schemas that it refers to. */
export function schemaConstants(schemas: JsonObject): string {
  return inOrder(schemas)
    .map((name) => {
      const code = typebox(schemas[name], SCHEMA_REF + name, { prefix: '' });
      return `export const ${name} = ${code};\nexport type ${name} = Static<typeof ${name}>;\n`;
    })
    .join('\n');
}

function inOrder(schemas: JsonObject): string[] {
  const done = new Set<string>();
  const visit = (name: string, trail: string[]): void => {
    if (done.has(name)) return;
    if (trail.includes(name))
      throw new Error(`Unsupported: a schema that contains itself, ${[...trail, name].join(' > ')}`);
    checkName(name);
    // The importing file declares schemas that are missing here.
    if (schemas[name] === undefined) return;
    for (const other of references(schemas[name])) visit(other, [...trail, name]);
    done.add(name);
  };
  for (const name of Object.keys(schemas).sort()) visit(name, []);
  return [...done];
}

function checkName(name: string): void {
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) throw new Error(`Unsupported schema name "${name}": use PascalCase`);
  // A generated constant called Error or Event would hide the global of that name in the file that imports it.
  if (name in globalThis || name === 'Type' || name === 'Static')
    throw new Error(`Reserved schema name "${name}"`);
}

function references(node: Json): string[] {
  if (Array.isArray(node)) return node.flatMap(references);
  if (node === null || typeof node !== 'object') return [];
  const own = typeof node.$ref === 'string' ? [referencedName(node, SCHEMA_REF)] : [];
  return [...own, ...Object.values(node).flatMap(references)];
}
