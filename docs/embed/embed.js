// The page about the element: every state, a live one, a builder, and the reference. Everything is made by
// `createElement`: the page forbids itself to make markup from text.

import { asHtml, asLeptos, asTypeScript, policy } from './snippets.js';

const find = (id) => document.getElementById(id);

/** An element with attributes and children; `null` and `false` attributes are left out. */
function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(attribute, '');
    else if (value !== false && value != null) made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

/** Text whose `quoted` parts are code. */
function prose(text) {
  return text.split('`').map((part, index) => (index % 2 ? make('code', {}, part) : part));
}

const load = async (name) => {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response;
};

// This page is no app at the root of an origin, and its callback page is beside it.
const CALLBACK = new URL('callback.html', import.meta.url).href;

const STATES = {
  idle: 'Idle',
  redirecting: 'Redirecting',
  exchanging: 'Exchanging',
  'signed-in': 'Signed in',
  error: 'Error',
  denied: 'Denied',
};

function showStates() {
  for (const [state, words] of Object.entries(STATES)) {
    const item = make('li', { class: 'panel' }, make('p', { class: 'name' }, words));
    item.append(make('pkce-login', { preview: state }), make('code', { class: 'quiet' }, `preview="${state}"`));
    find('previews').append(item);
    find('shown').append(make('option', { value: state }, state));
  }
}

function showLive(events) {
  const live = make('pkce-login', { authorizer: 'builtin', 'client-id': 'pkce-login-demo', 'redirect-uri': CALLBACK, label: 'Sign in to this demo' });
  const heard = find('heard');
  let isFirst = true;
  for (const { name } of events) {
    live.addEventListener(name, ({ detail }) => {
      // The names of what came, not the values: a person's claims are nothing to leave on a screen.
      const told = detail?.to ?? detail?.code ?? Object.keys(detail ?? {}).join(', ');
      if (isFirst) heard.replaceChildren();
      isFirst = false;
      heard.append(make('li', {}, make('code', {}, name), ` ${told}`));
      while (heard.children.length > 8) heard.firstChild.remove();
    });
  }
  find('live-stage').append(live);
}

// The builder. `chosen` has what differs from the defaults, by attribute; the address of this page keeps it.
const LEFT_OUT = ['preview', 'lang', 'login-hint'];
const FIRST = ['issuer', 'client-id', 'scope', 'label', 'mode', 'variant', 'size'];
const START = { issuer: 'https://login.example', 'client-id': 'my-app' };

const choicesOf = ({ type }) => [...type.text.matchAll(/'([^']*)'/g)].map(([, choice]) => choice);
const defaultOf = (attribute) => (attribute.default ?? '').replace(/^'(.*)'$/, '$1');

/** What the address says: known attributes and values only, so a link can set nothing else. */
function fromAddress(attributes) {
  const said = new URLSearchParams(location.hash.slice(1));
  const chosen = {};
  for (const attribute of attributes) {
    const value = said.get(attribute.name);
    if (value === null || (attribute.type.text !== 'string' && attribute.type.text !== 'boolean' && !choicesOf(attribute).includes(value))) continue;
    chosen[attribute.name] = attribute.type.text === 'boolean' ? true : value;
  }
  return Object.keys(chosen).length ? chosen : { ...START };
}

function toAddress(chosen) {
  const said = new URLSearchParams(Object.entries(chosen).map(([name, value]) => [name, value === true ? '1' : value]));
  history.replaceState(history.state, '', `#${said}`);
}

function field(attribute, chosen, changed) {
  const id = `set-${attribute.name}`;
  const described = `${id}-about`;
  const about = make('p', { id: described, class: 'quiet' }, ...prose(attribute.description));
  const [value, standard] = [chosen[attribute.name], defaultOf(attribute)];
  if (attribute.type.text === 'boolean') {
    const box = make('input', { id, type: 'checkbox', checked: Boolean(value), 'aria-describedby': described });
    box.addEventListener('change', () => changed(attribute.name, box.checked));
    return make('div', { class: 'field' }, make('label', { for: id, class: 'check' }, box, make('code', {}, attribute.name)), about);
  }
  const choices = choicesOf(attribute);
  const input = choices.length
    ? make('select', { id, 'aria-describedby': described }, ...choices.map((one) => make('option', { value: one, selected: one === (value ?? standard) }, one || 'none')))
    : make('input', { id, type: 'text', value: value ?? '', placeholder: standard, spellcheck: 'false', autocapitalize: 'off', 'aria-describedby': described });
  input.addEventListener('input', () => changed(attribute.name, input.value === standard ? '' : input.value.trim()));
  return make('div', { class: 'field' }, make('label', { for: id }, make('code', {}, attribute.name)), input, about);
}

function build(attributes, integrity, hash) {
  const known = attributes.filter(({ name }) => !LEFT_OUT.includes(name));
  const chosen = fromAddress(known);
  const preview = make('pkce-login', { preview: 'idle' });
  find('preview-stage').append(preview);
  // The built-in authorizer has its own issuer and its own client, and knows no other.
  const wanted = () => ({ ...chosen, ...(chosen.authorizer && { issuer: undefined, 'client-id': undefined }) });
  const views = { HTML: () => asHtml(wanted(), integrity), Leptos: () => asLeptos(wanted()), TypeScript: () => asTypeScript(wanted()) };
  const show = tabs(views);
  const draw = () => {
    for (const { name } of known) {
      if (!chosen[name]) preview.removeAttribute(name);
      else if (preview.getAttribute(name) !== chosen[name]) preview.setAttribute(name, chosen[name] === true ? '' : chosen[name]);
    }
    find('policy').textContent = policy(wanted(), hash);
    show();
  };
  const changed = (name, value) => {
    if (value) chosen[name] = value;
    else delete chosen[name];
    toAddress(chosen);
    draw();
  };
  const fields = (list) => list.map((attribute) => field(attribute, chosen, changed));
  const first = FIRST.map((name) => known.find((attribute) => attribute.name === name)).filter(Boolean);
  const more = known.filter((attribute) => !first.includes(attribute));
  const isOpen = more.some(({ name }) => name in chosen);
  find('form').append(...fields(first), make('details', { open: isOpen }, make('summary', {}, 'More attributes'), ...fields(more)));
  find('form').addEventListener('submit', (event) => event.preventDefault());
  find('shown').addEventListener('input', ({ target }) => preview.setAttribute('preview', target.value));
  draw();
}

/** Three tabs over one panel, by arrow keys too. Gives what draws the selected one again. */
function tabs(views) {
  const names = Object.keys(views);
  const list = names.map((name) => make('button', { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': 'snippet' }, name));
  let selected = 0;
  const select = (index) => {
    selected = index;
    list.forEach((tab, at) => {
      tab.setAttribute('aria-selected', String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
    });
    find('snippet').setAttribute('aria-labelledby', list[index].id);
    find('code').textContent = views[names[index]]();
    find('copied').textContent = '';
  };
  list.forEach((tab, index) => tab.addEventListener('click', () => select(index)));
  const moves = { ArrowLeft: -1, ArrowRight: 1 };
  find('tabs').append(...list);
  find('tabs').addEventListener('keydown', (event) => {
    const last = list.length - 1;
    const to = { Home: 0, End: last }[event.key] ?? (event.key in moves ? (selected + moves[event.key] + list.length) % list.length : null);
    if (to === null) return;
    event.preventDefault();
    select(to);
    list[to].focus();
  });
  find('copy').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(find('code').textContent);
      find('copied').textContent = `Copied: ${names[selected]}`;
    } catch {
      find('copied').textContent = 'This browser does not let the page copy. Select the text instead.';
    }
  });
  return () => select(selected);
}

// The reference: the manifest as tables of two columns, which fit a phone.
function table(title, items) {
  const rows = items.map(([name, facts, text]) =>
    make('tr', {}, make('th', { scope: 'row' }, make('code', {}, name), ...facts.map((fact) => make('div', { class: 'quiet' }, ...fact))), make('td', {}, ...prose(text))));
  const head = make('thead', {}, make('tr', {}, make('th', { scope: 'col' }, 'name'), make('th', { scope: 'col' }, 'what it does')));
  return make('table', {}, make('caption', {}, title), head, make('tbody', {}, ...rows));
}

function showReference(element) {
  const about = (item) => [
    ...(item.type ? [[make('code', {}, item.type.text)]] : []),
    ...(item.default && item.default !== "''" ? [['default ', make('code', {}, item.default)]] : []),
    ...(item.readonly ? [['read only']] : []),
    ...(item['x-pkce']?.cancelable ? [['cancelable']] : []),
  ];
  const rows = (items, name = (item) => item.name) => items.map((item) => [name(item), about(item), item.description]);
  const call = ({ name, parameters = [], return: gives }) =>
    `${name}(${parameters.map((one) => `${one.name}${one.optional ? '?' : ''}`).join(', ')}): ${gives.type.text}`;
  const fields = element.members.filter(({ kind, attribute }) => kind === 'field' && !attribute);
  find('tables').append(
    table('Attributes; each is a property in camelCase, too', rows(element.attributes)),
    table('Properties', rows(fields)),
    table('Methods', rows(element.members.filter(({ kind }) => kind === 'method'), call)),
    table('Events', rows(element.events)),
    table('Slots', rows(element.slots, ({ name }) => name || 'the default slot')),
    table('Parts', rows(element.cssParts, ({ name }) => `::part(${name})`)),
    table('States', rows(element.cssStates, ({ name }) => `:state(${name})`)),
    table('Custom properties', rows(element.cssProperties)),
  );
}

try {
  const [manifest, hashes, callback] = await Promise.all(['custom-elements.json', 'sri.json', 'callback.html'].map(load));
  const [element] = (await manifest.json()).modules[0].declarations;
  const [hash] = (await callback.text()).match(/'sha256-[^']+'/) ?? [''];
  const integrity = (await hashes.json())['element.js'];
  showStates();
  showLive(element.events);
  build(element.attributes, integrity, hash);
  showReference(element);
} catch (error) {
  console.error(error);
  find('tables').append(make('p', { role: 'alert' }, 'A file of this page could not be loaded. Reload the page; if it happens again, the upload is not complete.'));
}
