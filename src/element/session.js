export class PkceError extends Error { constructor(d, o) { super(d.message, o); Object.assign(this, d); this.name = 'PkceError'; } }
export const isAwaited = () => false;
export const openWindow = () => window.open('', '_blank');
export async function openSession(o) { if (!o.issuer && !o.authorizer) throw new PkceError({ code: 'issuer_missing', message: 'issuer is missing.', meaning: '', advice: 'Set it.', step: 'configuration', retryable: false, concern: 'setup' }); const s = { now: { isSignedIn: false }, owner: null, subscribe: () => () => {} }; return s; }
