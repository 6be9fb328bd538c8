/** What browsers and scripts see of the public address, besides the operations. */
import { beforeAll, describe, expect, it } from 'vitest';
import { cognitoOfThisProcess } from '../../tests/support/embedded-cognito.ts';
import { fetchFrom } from '../../tests/support/in-process.ts';

let fetchCognito: typeof fetch;
beforeAll(async () => {
  fetchCognito = fetchFrom((await cognitoOfThisProcess()).listener);
});

const URL = 'http://cognito.test/';
const origin = 'http://localhost:3000';

describe('A browser', () => {
  it.each([
    'content-type,x-amz-target,x-amz-user-agent,cache-control',
    'amz-sdk-invocation-id,amz-sdk-request,content-type,x-amz-target,x-amz-user-agent',
    'authorization,x-amz-date,x-amz-content-sha256,x-amz-security-token,x-amz-target',
  ])('may send the headers of Amplify and the SDK: %s', async (asked) => {
    const response = await fetchCognito(URL, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': asked },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toBe(asked);
  });

  it('may read the kind of an error, and the id of the request', async () => {
    const response = await fetchCognito(URL, {
      method: 'POST',
      headers: { origin, 'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp' },
      body: '{}',
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe('InvalidParameterException:');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    const exposed = response.headers.get('access-control-expose-headers')?.toLowerCase().split(',');
    expect(exposed).toEqual(expect.arrayContaining(['x-amzn-errortype', 'x-amzn-requestid']));
  });

  it.each(['oauth2/authorize', 'oauth2/token', 'login', 'logout', ''])(
    'finds no sign-in page at /%s: the deployed pool has no domain',
    async (path) => {
      const response = await fetchCognito(`${URL}${path}`, { headers: { origin } });
      expect(response.status).toBe(404);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    },
  );
});
