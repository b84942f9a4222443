import init from './protected-route.js';

init();
