/** `npm run stripe:params`: writes the parameters that Stripe knows for each route, from the types of its library. */
import { fileURLToPath } from 'node:url';
import { replaceFile } from './replace-file.ts';
import { writtenParams } from './stripe-params/known-params.ts';

const target = new URL('../stripe-simulator/protocol/known-params.json', import.meta.url);
await replaceFile(fileURLToPath(target), writtenParams());
