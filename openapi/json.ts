// The documents as JSON. Each function narrows a value to one kind, or throws an error that says where the value is.

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

export function objectAt(value: Json | undefined, path: string): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Error(`Expected an object at ${path}`);
  return value;
}

export function listAt(value: Json | undefined, path: string): Json[] {
  if (!Array.isArray(value)) throw new Error(`Expected a list at ${path}`);
  return value;
}

export function stringAt(value: Json | undefined, path: string): string {
  if (typeof value !== 'string') throw new Error(`Expected a string at ${path}`);
  return value;
}

/** The target of a local `$ref`. */
export function follow(document: JsonObject, ref: string): JsonObject {
  if (!ref.startsWith('#/')) throw new Error(`Reference out of the document: ${ref}`);
  let node: Json | undefined = document;
  for (const key of ref.slice(2).split('/')) {
    node = objectAt(node, ref)[key.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return objectAt(node, ref);
}

/** The object itself, or what it refers to. */
export function resolved(document: JsonObject, value: Json | undefined, path: string): JsonObject {
  const node = objectAt(value, path);
  return typeof node.$ref === 'string' ? follow(document, node.$ref) : node;
}

/** A value as TypeScript source. */
export function literal(value: Json): string {
  if (typeof value === 'string') {
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  }
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, entry]) => `${propertyName(key)}: ${literal(entry)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return String(value);
}

export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name);
}
