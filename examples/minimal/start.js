import init from './minimal.js';

init();
