// The attributes: what each takes, and the property that shows it.

const text = (byDefault = '') => ({ byDefault });
const choice = (...choices) => ({ choices, byDefault: choices[0] });
const flag = () => ({ isFlag: true });

// Of what the client asks for: another value is another session.
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

// Of one login.
const LOGIN = { prompt: text(), 'login-hint': text(), 'ui-locales': text(), resource: text() };

// Of what a person sees.
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

// Gives the class a property for each attribute.
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

// What the client is to be, in the words of the headless options. What is not set is left to its defaults, and what is
// wrong is for it to say.
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

// The first attribute of the look that has a value nobody knows, as words for whoever wrote the page.
export function misspelt(element) {
  for (const [name, { choices }] of Object.entries(LOOK)) {
    const value = element.getAttribute(name);
    if (choices && value !== null && !choices.includes(value)) {
      return `${name}="${value}" is unknown: it takes ${choices.filter(Boolean).join(', ')}.`;
    }
  }
  return null;
}
