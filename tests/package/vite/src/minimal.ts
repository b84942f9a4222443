import { createAuth } from 'pkce-login/headless';

const auth = await createAuth({ issuer: 'https://login.example', clientId: 'my-app' });
const button = document.querySelector('button')!;
button.textContent = auth.isSignedIn ? `Sign out ${auth.user.name ?? auth.user.sub}` : 'Sign in';
button.onclick = () => (auth.isSignedIn ? auth.logout().then(() => location.reload()) : auth.login());
