/**
 * `npm run stripe:library`: writes what the types of Stripe's library say about each route: the parameters that Stripe
 * knows and the types of its events, which the simulator uses, and the shape of the answers, which its tests use.
 */
import { fileURLToPath } from 'node:url';
import { replaceFile } from './replace-file.ts';
import { writtenAnswers } from './stripe-library/answer-shapes.ts';
import { writtenEventTypes } from './stripe-library/event-types.ts';
import { writtenParams } from './stripe-library/known-params.ts';
import { readLibrary } from './stripe-library/library-routes.ts';

const library = readLibrary();
const target = (name: string) => fileURLToPath(new URL(`../stripe-simulator/${name}`, import.meta.url));
await replaceFile(target('protocol/known-params.json'), writtenParams(library));
await replaceFile(target('testing/answer-shapes.json'), writtenAnswers(library));
await replaceFile(target('protocol/event-types.json'), writtenEventTypes());
