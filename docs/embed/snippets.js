// What the builder gives to copy. Pure functions of the chosen attributes: name -> value, `true` for one that only stands there.

const HTML_SPECIAL = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' };
const html = (text) => text.replace(/[&"<>]/g, (special) => HTML_SPECIAL[special]);
const js = (text) => `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
const rust = (text) => JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, '\\u{$1}');
const words = (text) => text.split(/\s+/).filter(Boolean);

// Attributes that are options of one sign-in elsewhere: their names in TypeScript and in Rust.
const OF_ONE_LOGIN = { prompt: 'prompt', 'ui-locales': 'uiLocales', resource: 'resource' };

export function asHtml(chosen, integrity) {
  const attributes = Object.entries(chosen).filter(([, value]) => value).map(([name, value]) => (value === true ? name : `${name}="${html(value)}"`));
  const open = attributes.length > 2 ? `\n  ${attributes.join('\n  ')}\n` : attributes.map((one) => ` ${one}`).join('');
  const proof = integrity ? `\n  integrity="${integrity}"` : '';
  return [
    `<script type="module" src="./element.js"${proof}></script>`,
    `<pkce-login${open}></pkce-login>`,
  ].join('\n');
}

// Options that a client has beside issuer and client ID, as Rust sets them.
const RUST = {
  'response-mode': (value) => `config.response_mode = ResponseMode::${RUST_NAMES[value] ?? 'Query'};`,
  storage: (value) => `config.storage = Storage::${RUST_NAMES[value] ?? 'Memory'};`,
  restore: (value) => `config.restore = Restore::${RUST_NAMES[value] ?? 'None'};`,
  dpop: () => 'config.dpop = true;',
  'require-iss': () => 'config.require_iss = true;',
  'trusted-audiences': (value) => `config.trusted_audiences = vec![${words(value).map((one) => `${rust(one)}.into()`).join(', ')}];`,
  discovery: (value) => `config.discovery = DiscoveryKind::${RUST_NAMES[value] ?? 'OpenId'};`,
  'api-origins': (value) => `config.api_origins = vec![${words(value).map((one) => `${rust(one)}.into()`).join(', ')}];`,
};
const RUST_NAMES = { frame: 'Frame', redirect: 'Redirect', oauth: 'OAuth', fragment: 'Fragment', form_post: 'FormPost', session: 'Tab', device: 'Device', popup: 'Popup', outline: 'Outline', text: 'Text', s: 'S', l: 'L' };

export function asLeptos(chosen) {
  if (chosen.authorizer) {
    return '// The built-in authorizer is for the element and for scripts.\n// In Rust, start it with `pkce_login::browser::built_in`, and name it as the issuer.';
  }
  const [issuer, client] = [chosen.issuer ?? '', chosen['client-id'] ?? ''].map(rust);
  const choices = Object.keys(RUST).filter((name) => chosen[name]).map((name) => RUST[name](chosen[name]));
  const isPlain = !choices.length && !chosen.scope && !chosen['redirect-uri'];
  const look = ['variant', 'size', 'mode'].filter((name) => RUST_NAMES[chosen[name]]);
  const props = look.map((name) => ` ${name}=${name[0].toUpperCase()}${name.slice(1)}::${RUST_NAMES[chosen[name]]}`).join('');
  const button = chosen.label ? `<LoginButton${props}>${rust(chosen.label)}</LoginButton>` : `<LoginButton${props}/>`;
  const lost = Object.keys(OF_ONE_LOGIN).filter((name) => chosen[name]);
  const used = ['AuthProvider', 'LoginButton', ...look.map((name) => name[0].toUpperCase() + name.slice(1)), 'UserMenu'].sort();
  const client_names = ['ClientConfig', ...(chosen.restore ? ['Restore'] : []), ...(chosen.storage ? ['Storage'] : [])];
  return [
    'use leptos::prelude::*;',
    ...(isPlain || chosen['redirect-uri'] ? [] : ['use pkce_login::browser::default_redirect_uri;']),
    ...(isPlain ? [] : [`use pkce_login::client::${client_names.length > 1 ? `{${client_names.join(', ')}}` : client_names};`]),
    `use pkce_login::components::{${used.join(', ')}};`,
    ...(chosen['response-mode'] ? ['use pkce_login::protocol::authorization_request::ResponseMode;'] : []),
    ...(chosen.discovery ? ['use pkce_login::protocol::metadata::DiscoveryKind;'] : []),
    '',
    '#[component]',
    'fn App() -> impl IntoView {',
    ...(isPlain ? [] : configured(issuer, client, chosen, choices)),
    ...lost.map((name) => `    // ${name}: an option of one login, \`guest.login_with(…)\`.`),
    '    view! {',
    `        <AuthProvider ${isPlain ? `issuer=${issuer} client_id=${client}` : 'config'}>`,
    `            ${button}`,
    '            <UserMenu/>',
    '        </AuthProvider>',
    '    }',
    '}',
  ].join('\n');
}

function configured(issuer, client, chosen, choices) {
  const redirect = chosen['redirect-uri'] ? rust(chosen['redirect-uri']) : 'default_redirect_uri()';
  const scope = chosen.scope ? `.with_scope(${rust(chosen.scope)})` : '';
  return [
    `    let ${choices.length ? 'mut ' : ''}config = ClientConfig::new(${issuer}, ${client}, ${redirect})${scope};`,
    ...choices.map((line) => `    ${line}`),
  ];
}

export function asTypeScript(chosen) {
  const options = [];
  const add = (name, value) => options.push(`  ${name}: ${value},`);
  if (chosen.authorizer) {
    add('authorizer', js(chosen.authorizer));
  } else {
    add('issuer', js(chosen.issuer ?? ''));
    add('clientId', js(chosen['client-id'] ?? ''));
  }
  const texts = { 'redirect-uri': 'redirectUri', scope: 'scope', 'response-mode': 'responseMode', storage: 'storage', restore: 'restore', discovery: 'discovery' };
  for (const [name, option] of Object.entries(texts)) if (chosen[name]) add(option, js(chosen[name]));
  if (chosen.dpop) add('dpop', 'true');
  if (chosen['require-iss']) add('requireIss', 'true');
  if (chosen['trusted-audiences']) add('trustedAudiences', `[${words(chosen['trusted-audiences']).map(js).join(', ')}]`);
  if (chosen['api-origins']) add('apiOrigins', `[${words(chosen['api-origins']).map(js).join(', ')}]`);
  const login = Object.entries(OF_ONE_LOGIN).filter(([name]) => chosen[name]).map(([name, option]) => `${option}: ${js(chosen[name])}`);
  const call = `${chosen.mode === 'popup' ? 'loginInPopup' : 'login'}(${login.length ? `{ ${login.join(', ')} }` : ''})`;
  return [
    "import { createAuth } from 'pkce-login/headless';",
    '',
    'const auth = await createAuth({',
    ...options,
    '});',
    '',
    "document.querySelector('#sign-in')!.addEventListener('click', () => {",
    '  const now = auth.current();',
    `  if (!now.isSignedIn) void now.${call};`,
    '});',
    'const show = () => {',
    '  const now = auth.current();',
    "  console.log(now.isSignedIn ? now.user.name ?? now.user.sub : now.error?.message ?? 'Signed out');",
    '};',
    'auth.subscribe(show);',
    'show();',
  ].join('\n');
}

/** The policy for all pages of a site; `hash` lets the callback page do its work. */
export function policy(chosen, hash) {
  const origins = [chosen.issuer ?? '', ...words(chosen['api-origins'] ?? '')].map(originOf).filter(Boolean);
  const connect = ["'self'", ...new Set(origins)].join(' ');
  const worker = chosen.authorizer || chosen['response-mode'] === 'form_post' ? " worker-src 'self';" : '';
  return `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'${hash && ` ${hash}`}; style-src 'self'; connect-src ${connect};${worker} object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types pkce-login`;
}

function originOf(text) {
  try {
    return new URL(text).origin;
  } catch {
    return '';
  }
}
