/** `npm run openapi`: writes the OpenAPI document of the contract, and the types of the client package. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { clientTypesOf } from './openapi/client-types.ts';
import { openApiDocument } from './openapi/document.ts';
import { replaceFile } from './replace-file.ts';

const root = new URL('..', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
const document = openApiDocument(version);

await replaceFile(
  fileURLToPath(new URL('contract/openapi.json', root)),
  `${JSON.stringify(document, null, 2)}\n`,
);
await replaceFile(fileURLToPath(new URL('client/core/openapi.ts', root)), await clientTypesOf(document));
