// What each page shows, and what the race looks at: whether somebody is signed in, and a button.

export function show(isSignedIn, login) {
  const button = document.createElement('button');
  button.textContent = isSignedIn ? 'Signed in' : 'Sign in';
  button.onclick = login;
  document.body.replaceChildren(button);
  document.body.dataset.race = isSignedIn ? 'in' : 'out';
}
