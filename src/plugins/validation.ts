import { Ajv, type Options } from 'ajv';
import addFormats from 'ajv-formats';
import fp from 'fastify-plugin';

/**
 * Fastify's default validator is not faithful to a contract: it turns null into "", "5" into 5 and drops properties
 * that it doesn't know. A body is taken literally here; the query and the path, which are all text, are coerced.
 */
export default fp(
  async (app) => {
    const literal = compiler({ coerceTypes: false });
    const coercing = compiler({ coerceTypes: true });
    app.setValidatorCompiler(({ schema, httpPart }) =>
      (httpPart === 'body' ? literal : coercing).compile(schema as object),
    );

    // Existing clients send `Content-Type: application/json` with no body where none is needed.
    const parseJson = app.getDefaultJsonParser('error', 'error');
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (body === '') done(null, undefined);
      else parseJson(request, body as string, done);
    });
  },
  { name: 'validation' },
);

function compiler(options: Options): Ajv {
  // allErrors stays off: one wrong body must not cost more than one error.
  const ajv = new Ajv({ useDefaults: true, removeAdditional: false, strict: true, strictTypes: false, ...options });
  addFormats.default(ajv);
  return ajv;
}
