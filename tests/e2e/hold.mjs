// Requests that a test lets wait.

// Holds requests of that address back until the function that this gives is called; then they continue, or are aborted.
export async function holdBack(page, address, then = 'continue') {
  let go;
  const held = new Promise((resolve) => (go = resolve));
  await page.route(address, async (route) => {
    await held;
    await route[then]();
  });
  return go;
}
