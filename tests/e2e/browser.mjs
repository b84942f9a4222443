// How the browser is started, for the tests and for the screenshots.

const root = process.getuid?.() === 0;

export const launchOptions = {
  // `cargo xtask` names the browser it found; without it, Playwright's own is used.
  executablePath: process.env.CHROMIUM || undefined,
  args: [
    // Chromium's sandbox does not start as root.
    ...(root ? ['--no-sandbox'] : []),
    // Nothing that looks for the outside network.
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};
