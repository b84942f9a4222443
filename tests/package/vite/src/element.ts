// The element in a page with a bundler: the import defines it, and its events are typed.

import 'pkce-login';

const login = document.querySelector('pkce-login')!;
const greeting = document.querySelector('#greeting')!;

login.addEventListener('pkce-signed-in', (event) => {
  greeting.textContent = `Hello ${event.detail.user.name ?? event.detail.user.sub}`;
});
login.addEventListener('pkce-signed-out', () => {
  greeting.textContent = '';
});
login.addEventListener('pkce-error', (event) => {
  greeting.textContent = event.detail.message;
});
