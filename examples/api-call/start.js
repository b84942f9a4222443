import init from './api-call.js';

init();
