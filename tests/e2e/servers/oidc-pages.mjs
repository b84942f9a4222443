// The pages of the real provider: sign-in, consent, sign-out and errors. Plain forms without script, style or anything from
// elsewhere (the provider's own pages load a web font).

export const PEOPLE = {
  ada: { name: 'Ada Demo', given_name: 'Ada', family_name: 'Demo', email: 'ada@example.test', email_verified: true },
  grace: { name: 'Grace Demo', given_name: 'Grace', family_name: 'Demo', email: 'grace@example.test', email_verified: true },
};

// Answers the requests to `/interaction/ID`, where the provider sends a browser that a person has to decide in.
export async function interact(provider, request, response) {
  const interaction = await provider.interactionDetails(request, response);
  const { prompt, params } = interaction;
  if (request.method !== 'POST') {
    const client = await provider.Client.find(params.client_id);
    send(response, prompt.name === 'login' ? signIn(client) : consent(client, interaction));
    return;
  }
  const form = new URLSearchParams(await text(request));
  const result = await decide(provider, interaction, form);
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: prompt.name === 'consent' });
}

async function decide(provider, { prompt, params, session, grantId }, form) {
  if (form.has('deny')) return { error: 'access_denied', error_description: 'The person pressed Deny' };
  if (prompt.name === 'login') return { login: { accountId: form.get('person') } };
  const grant =
    (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope((prompt.details.missingOIDCScope ?? []).join(' '));
  grant.addOIDCClaims(prompt.details.missingOIDCClaims ?? []);
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return { consent: { grantId: await grant.save() } };
}

function signIn(client) {
  const people = Object.entries(PEOPLE).map(
    ([id, person]) => `<p><button name="person" value="${id}">Sign in as ${escape(person.name)}</button></p>`,
  );
  return page('Sign in', `<p>to go on to ${escape(client.clientId)}</p><form method="post">${people.join('')}${deny}</form>`);
}

function consent(client, { params, session }) {
  const scopes = params.scope.split(' ').map((scope) => `<li>${escape(scope)}</li>`);
  return page(
    'Allow access',
    `<p>${escape(client.clientId)} asks ${escape(PEOPLE[session.accountId]?.name ?? session.accountId)} for:</p>
    <ul>${scopes.join('')}</ul>
    <form method="post"><p><button name="allow">Allow</button></p>${deny}</form>`,
  );
}

const deny = '<p><button name="deny">Deny</button></p>';

// The provider brings the form; the buttons are ours.
export function logoutSource(ctx, form) {
  const buttons =
    '<p><button form="op.logoutForm" name="logout" value="yes">Sign out</button> <button form="op.logoutForm">Stay signed in</button></p>';
  ctx.body = page('Sign out', `${form}${buttons}`);
}

export function postLogoutSuccessSource(ctx) {
  ctx.body = page('Signed out', '');
}

export function renderError(ctx, out) {
  const lines = Object.entries(out).map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(String(value))}</dd>`);
  ctx.type = 'html';
  ctx.body = page('This request cannot be answered', `<dl>${lines.join('')}</dl>`);
}

function page(title, body) {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
    <link rel="icon" href="data:,"></head><body><main><h1>${title}</h1>${body}</main></body></html>`;
}

function send(response, html) {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(html);
}

function escape(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

// The whole body of a request as text.
export async function text(request) {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  return body;
}
