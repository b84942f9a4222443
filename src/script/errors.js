// Errors as a page gets them.
// @ts-check

/** @import { PkceErrorCause, Step } from './headless' */

/** @typedef {{ code: string, message: string, meaning: string, advice: string, step: Step, retryable: boolean, cause?: PkceErrorCause | unknown }} Report */

/** An error with a stable code and three sentences: what happened (`message`), what it means, what to do. */
export class PkceError extends Error {
  /** @param {Report} report */
  constructor({ code, message, meaning, advice, step, retryable, cause }) {
    super(message, cause ? { cause } : undefined);
    this.name = 'PkceError';
    this.code = code;
    this.meaning = meaning;
    this.advice = advice;
    this.step = step;
    this.retryable = retryable;
  }
}

/**
 * The module throws JSON text. Anything else is passed on unchanged: a page may abort a request with a text of its own.
 * @param {unknown} thrown
 */
export function asError(thrown) {
  if (typeof thrown !== 'string') {
    return thrown;
  }
  try {
    const report = JSON.parse(thrown);
    return typeof report?.code === 'string' ? new PkceError(report) : thrown;
  } catch {
    return thrown;
  }
}

/**
 * Runs `call` at once, because a popup must open in the task of the press, and turns what it throws into an error.
 * @template T
 * @param {() => T | Promise<T>} call
 * @returns {Promise<T>}
 */
export async function attempt(call) {
  try {
    return await call();
  } catch (error) {
    throw asError(error);
  }
}

/** @param {unknown} cause */
export function notLoaded(cause) {
  return new PkceError({
    code: 'module_not_loaded',
    message: 'The sign-in could not be loaded.',
    meaning: 'Its WebAssembly file did not load, does not belong to this script, or this page may not run it.',
    advice: 'Check that the file is beside the script and that the page’s policy has wasm-unsafe-eval. Then reload.',
    step: 'load',
    retryable: true,
    cause,
  });
}

export function cameBack() {
  return new PkceError({
    code: 'came_back',
    message: 'The page is shown again, without an answer to this sign-in.',
    meaning: 'The user left the authorizer before the sign-in ended.',
    advice: 'Start again if you still want to sign in.',
    step: 'request',
    retryable: true,
  });
}

/** @param {boolean} isPinned whether the token may go to the called address only */
export function redirected(isPinned) {
  return new PkceError({
    code: 'redirected',
    message: 'The API answered with a redirect.',
    meaning: isPinned
      ? 'The token may go only to the address that the app calls, so the redirect was not followed.'
      : 'The final address is not an API of this app. The access token did not go there, and the answer was not used.',
    advice: 'Call the target address, and add its origin to apiOrigins.',
    step: 'api',
    retryable: false,
  });
}
