// The attributes: the values of each, and the property that reflects it.

const text = (byDefault = '') => ({ byDefault });
const choice = (...choices) => ({ choices, byDefault: choices[0] });
const flag = () => ({ isFlag: true });

// Client options: another value means another session.
const CONFIG = {
  issuer: text(),
  'client-id': text(),
  'redirect-uri': text('/callback.html'),
  scope: text('openid profile'),
  'response-mode': choice('query', 'fragment', 'form_post'),
  authorizer: choice('', 'builtin'),
  storage: choice('memory', 'session', 'device'),
  restore: choice('none', 'frame', 'redirect'),
  prepare: choice('idle', 'hover', 'press'),
  dpop: flag(),
  'require-iss': flag(),
  'trusted-audiences': text(),
  discovery: choice('openid', 'oauth'),
  'api-origins': text(),
};

// Login options.
const LOGIN = { prompt: text(), 'login-hint': text(), 'ui-locales': text(), resource: text() };

// View options.
const LOOK = {
  label: text('Sign in'),
  mode: choice('redirect', 'popup'),
  variant: choice('solid', 'outline', 'text'),
  size: choice('m', 's', 'l'),
  preview: choice('', 'idle', 'redirecting', 'exchanging', 'signed-in', 'error', 'denied'),
  disabled: flag(),
};

const ALL = { ...CONFIG, ...LOGIN, ...LOOK };

export const OBSERVED = [...Object.keys(ALL), 'lang', 'client-secret', 'data-production'];

export const isConfig = (name) => name in CONFIG || name === 'client-secret' || name === 'data-production';

const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

export const PROPERTIES = Object.keys(ALL).map(camel);

// Defines a property for each attribute.
export function reflect(prototype) {
  for (const [name, { choices, byDefault, isFlag }] of Object.entries(ALL)) {
    Object.defineProperty(prototype, camel(name), {
      configurable: true,
      enumerable: true,
      get() {
        if (isFlag) return this.hasAttribute(name);
        const value = this.getAttribute(name) ?? byDefault;
        return choices && !choices.includes(value) ? byDefault : value;
      },
      set(value) {
        if (isFlag) this.toggleAttribute(name, Boolean(value));
        else if (value == null) this.removeAttribute(name);
        else this.setAttribute(name, value);
      },
    });
  }
}

// The client options under their headless names. The client supplies the defaults, and reports wrong values.
export const configOf = (element) => given(element, CONFIG);

export const loginOf = (element) => given(element, LOGIN);

function given(element, table) {
  const options = {};
  for (const [name, { isFlag }] of Object.entries(table)) {
    if (element.hasAttribute(name)) options[camel(name)] = isFlag ? true : element.getAttribute(name);
  }
  for (const list of ['apiOrigins', 'trustedAudiences']) {
    if (options[list] !== undefined) options[list] = options[list].split(/\s+/).filter(Boolean);
  }
  if (options.authorizer === '') delete options.authorizer;
  return options;
}

// The first view attribute with an unknown value, as a message for the page author.
export function misspelt(element) {
  for (const [name, { choices }] of Object.entries(LOOK)) {
    const value = element.getAttribute(name);
    if (choices && value !== null && !choices.includes(value)) {
      return `${name}="${value}" is unknown: it takes ${choices.filter(Boolean).join(', ')}.`;
    }
  }
  return null;
}
