// The window of a sign-in, opened by the script: the module may not be loaded yet.
// @ts-check

// The same as in popup.rs.
const FEATURES = 'popup,width=480,height=640';

/** Call it in the task of the press. `null` where the browser blocks the window. */
export const openWindow = () => window.open('', '_blank', FEATURES);
