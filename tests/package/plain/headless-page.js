// A page with buttons of its own: the headless API without a bundler.

import { createAuth } from './pkce-login/headless.js';

const at = (selector) => document.querySelector(selector);
const first = await createAuth({ issuer: 'https://login.example', clientId: 'my-app' });

first.subscribe(show);
show(first);

// One truth: whatever is shown follows from the snapshot.
function show(auth) {
  at('[role=status]').textContent = words(auth);
  for (const id of ['sign-out', 'renew', 'ask']) at(`#${id}`).hidden = !auth.isSignedIn;
  at('#sign-in').hidden = auth.isSignedIn;
}

function words(auth) {
  if (auth.isSignedIn) return `Signed in as ${auth.user.name ?? auth.user.sub}`;
  return auth.error ? auth.error.message : 'Signed out';
}

// A snapshot is of one moment: the actions are taken from the one of now.
at('#sign-in').addEventListener('click', () => first.current().login());
at('#sign-out').addEventListener('click', () => first.current().logout());
at('#renew').addEventListener('click', async () => {
  await first.current().refresh();
  at('#answer').textContent = 'Renewed';
});
at('#ask').addEventListener('click', async () => {
  const { name } = await first.current().userinfo();
  at('#answer').textContent = `The authorizer says ${name}`;
});
