import { defineConfig } from 'vite';

export default defineConfig({
  // `build.target` of Vite 8 is new enough for `await` outside of a function.
  build: { rolldownOptions: { input: ['index.html', 'headless.html', 'interop.html'] } },
});
