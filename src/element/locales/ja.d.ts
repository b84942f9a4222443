import type { PkceTranslations } from '../element.js';

declare const japanese: PkceTranslations & { lang: string };
export default japanese;
