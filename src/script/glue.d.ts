// The glue that wasm-bindgen writes, which exists after a build only.
declare module '*-glue.js' {
  const load: import('./module').Glue['default'];
  export default load;
  export const Core: import('./module').CoreClass;
}
