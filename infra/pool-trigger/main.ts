/** Composition root of the function behind the stack's custom resource. */
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { createHandler, type TriggerResponse } from './handler.ts';
import { createPoolSettings } from './pool-settings.ts';

async function respond(url: string, body: TriggerResponse): Promise<void> {
  // The URL is signed for a request without a content type.
  const response = await fetch(url, {
    method: 'PUT',
    body: JSON.stringify(body),
    headers: { 'content-type': '' },
  });
  if (!response.ok) throw new Error(`CloudFormation's response URL returned ${String(response.status)}`);
}

export const handler = createHandler({
  settings: createPoolSettings(new CognitoIdentityProviderClient({})),
  respond,
  log: (line) => void process.stdout.write(`${JSON.stringify(line)}\n`),
});
