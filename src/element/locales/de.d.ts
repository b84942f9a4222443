import type { PkceTranslations } from '../element.js';

declare const german: PkceTranslations & { lang: string };
export default german;
