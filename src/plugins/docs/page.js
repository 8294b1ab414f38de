/* global SwaggerUIBundle */

/** The security scheme that most readers have a token for. */
const FIRST = 'bearer';

/**
 * Replaces Swagger UI's form for a bearer token. There, the boxes of all schemes share one id, and the cursor starts in the last
 * box. Here each box has its own id, and the cursor starts in the box for people.
 */
const AuthorizeForm = () => ({
  wrapComponents: {
    HttpAuth:
      (Original, { React }) =>
      (props) => {
        const { name, schema, authorized, getComponent, onChange } = props;
        if (schema.get('scheme') !== 'bearer') return React.createElement(Original, props);
        const h = React.createElement;
        const id = `token-${name}`;
        const Markdown = getComponent('Markdown', true);
        const isAuthorized = authorized?.get(name) !== undefined;
        const input = h('input', {
          id,
          type: 'text',
          autoComplete: 'off',
          spellCheck: false,
          autoFocus: name === FIRST,
          onChange: ({ target }) => onChange({ name, schema, value: target.value.trim() }),
        });
        return h(
          'div',
          null,
          h('h4', null, h('code', null, name), ' (http, Bearer)'),
          isAuthorized && h('h6', null, 'Authorized'),
          h(Markdown, { source: schema.get('description') }),
          !isAuthorized && h('label', { htmlFor: id }, 'Token:'),
          isAuthorized ? h('code', null, '******') : input,
        );
      },
  },
});

SwaggerUIBundle({
  dom_id: '#swagger-ui',
  url: '/docs/json',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  persistAuthorization: true,
  plugins: [AuthorizeForm],
  validatorUrl: null,
});
