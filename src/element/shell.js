// What the element shows before its module is loaded: the button, exactly as the module draws it, without WebAssembly.
// It parses no HTML text: a page may forbid that with `require-trusted-types-for 'script'`.

// The texts that the shell needs. The others are in the module.
export const ENGLISH = {
  signIn: 'Sign in',
  redirecting: 'Opening the sign-in page…',
  waiting: 'Continue in the other window…',
  exchanging: 'Finishing sign-in…',
  tryAgain: 'Try again',
  demo: 'Demo',
  setup: 'Sign-in is not set up correctly on this page. Tell its operator.',
  load: 'Sign-in could not be loaded. Check your connection and try again.',
};

export class Shell {
  #label = make('slot');
  #labels;
  #button;
  #demo = make('span', 'pkce-demo');
  #base = make('div', 'pkce-base', 'base');
  #note = make('p', 'pkce-note');
  #error = make('p', 'pkce-error', 'error');
  #slot = make('slot');
  #busy = false;

  constructor(root, onAction) {
    const icon = make('slot');
    icon.name = 'icon';
    this.#labels = [this.#label, ...['', '', ''].map((text) => document.createTextNode(text))];
    this.#button = make('button', 'pkce-button', 'button');
    this.#button.type = 'button';
    this.#button.append(
      label(icon, this.#label),
      label(spinner(), this.#labels[1]),
      label(spinner(), this.#labels[2]),
      label(this.#labels[3]),
    );
    this.#button.addEventListener('click', () => {
      if (!this.#busy) onAction('sign-in');
    });
    const row = make('div', 'pkce-row');
    row.append(this.#button, this.#demo);
    this.#note.role = 'status';
    this.#error.role = 'alert';
    this.#base.append(row, this.#note, this.#error);
    // Content of the page in this slot replaces all of this.
    this.#slot.name = 'fallback';
    this.#slot.append(this.#base);
    root.append(this.#slot);
  }

  update(json) {
    const { state, kind, says, label, labelLang, lang, variant, size, mode, disabled, demo, labels } = JSON.parse(json);
    const say = { ...ENGLISH, ...labels };
    const opening = mode === 'popup' ? say.waiting : say.redirecting;
    this.#busy = state === 'redirecting' || state === 'exchanging';
    // Only the module shows the signed-in user.
    this.#base.dataset.state = state === 'signed-in' ? 'exchanging' : state;
    this.#base.lang = lang;
    this.#button.dataset.variant = variant;
    this.#button.dataset.size = size;
    this.#button.disabled = disabled;
    toggle(this.#button, 'aria-disabled', this.#busy && 'true');
    this.#label.lang = label ? labelLang : lang;
    write(this.#label, label || say.signIn);
    write(this.#labels[1], opening);
    write(this.#labels[2], say.exchanging);
    write(this.#labels[3], say.tryAgain);
    write(this.#demo, say.demo);
    this.#demo.hidden = !demo;
    write(this.#note, this.#busy ? opening : '');
    write(this.#error, state === 'error' ? (say[kind] ?? say.setup) + (says ? ` “${says}”` : '') : '');
  }

  unmount() {
    this.#slot.remove();
  }
}

export function make(name, className, part) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (part) element.part = part;
  return element;
}

function label(...children) {
  const element = make('span', 'pkce-label');
  element.append(...children);
  return element;
}

function spinner() {
  const element = make('span', 'pkce-spinner', 'spinner');
  element.ariaHidden = 'true';
  return element;
}

// Skips equal text, which a screen reader would read out again.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function toggle(element, name, value) {
  if (value) element.setAttribute(name, value);
  else element.removeAttribute(name);
}
