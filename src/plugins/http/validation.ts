import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import fp from 'fastify-plugin';

/**
 * Fastify's default validator is not faithful to a contract: it turns null into "", "5" into 5 and drops properties
 * that it doesn't know. Here everything is taken literally, but for the integers in a query, which is all text.
 */
export default fp(
  async (app) => {
    // allErrors stays off: one wrong body must not cost more than one error.
    const ajv = new Ajv({ useDefaults: true, strict: true, strictTypes: false });
    addFormats.default(ajv);
    app.setValidatorCompiler<object>(({ schema, httpPart }) => {
      const validate = ajv.compile(schema);
      return httpPart === 'body' ? validate : withIntegers(schema, validate);
    });

    // Fastify would hand plain text on as a body, and an operation that takes none would accept it.
    app.removeContentTypeParser('text/plain');
    // Existing clients send `Content-Type: application/json` with no body where none is needed.
    const parseJson = app.getDefaultJsonParser('error', 'error');
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (body === '') done(null, undefined);
      else parseJson(request, body as string, done);
    });
  },
  { name: 'validation' },
);

const INTEGER = /^-?\d{1,15}$/;

/**
 * Reads integers as they are written. Ajv's own coercion also reads `1e2`, `0x10` and ` 5 `, and lets `Infinity` pass by every
 * limit.
 *
 * @throws for a type that nobody has needed so far
 */
function withIntegers(
  schema: { properties?: Record<string, { type?: unknown }> },
  validate: ValidateFunction,
) {
  const entries = Object.entries(schema.properties ?? {});
  const unknown = entries.find(([, { type }]) => type !== 'string' && type !== 'integer');
  if (unknown) throw new Error(`Unsupported: the parameter ${unknown[0]} is neither a string nor an integer`);
  const integers = entries.filter(([, { type }]) => type === 'integer').map(([name]) => name);
  return (parameters: Record<string, unknown>) => {
    for (const name of integers) {
      const text = parameters[name];
      if (typeof text === 'string' && INTEGER.test(text)) parameters[name] = Number(text);
    }
    return validate(parameters) || { error: validate.errors ?? [] };
  };
}
