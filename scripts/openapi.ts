/** `npm run openapi`: writes the OpenAPI document of the contract. */
import { readFileSync } from 'node:fs';
import { openApiDocument } from './openapi/document.ts';
import { replaceFile } from './replace-file.ts';

const file = new URL('../contract/openapi.json', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

await replaceFile(file.pathname, `${JSON.stringify(openApiDocument(version), null, 2)}\n`);
