// Those who sign in at the authorizers that keep people. What somebody allowed is remembered there, so those who are to be asked,
// and those who deny, come once each.

export const people = {
  usual: 'ada',
  consents: { demo: 'cora', page: 'cyra' },
  denies: { demo: 'dora', page: 'dyna' },
};

export const nameOf = { ada: 'Ada Demo', cora: 'Cora Demo', cyra: 'Cyra Demo', dora: 'Dora Demo', dyna: 'Dyna Demo' };
