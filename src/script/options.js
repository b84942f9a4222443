// Options on their way to the module, which judges them.
// @ts-check

/**
 * Options as JSON text. What JSON would drop or change without a word is marked, so that the module refuses it.
 * @param {unknown} options
 * @returns {string}
 */
export function asText(options = {}) {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  // In one order: the text also tells whether two calls mean the same.
  const sorted = isObject ? Object.fromEntries(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))) : null;
  return JSON.stringify(sorted, (_, value) => {
    const isLost = ['function', 'symbol', 'bigint'].includes(typeof value);
    if (isLost || (typeof value === 'number' && !Number.isFinite(value))) {
      return { $: isLost ? typeof value : 'non-finite number' };
    }
    return value;
  });
}
