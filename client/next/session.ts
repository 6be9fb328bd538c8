/** Reads the session of a signed-in user from the cookies that Amplify writes. Nothing in it is verified yet. */

/** Returns the value of a cookie, as Next.js and the browser decode it. */
export type ReadCookie = (name: string) => string | undefined;

export interface SessionTokens {
  readonly idToken: string;
  readonly accessToken: string | undefined;
}

/** Returns undefined without a session. */
export function sessionIn(readCookie: ReadCookie, clientId: string): SessionTokens | undefined {
  const prefix = `CognitoIdentityServiceProvider.${clientId}`;
  const user = cookieNamed(readCookie, `${prefix}.LastAuthUser`);
  if (user === undefined) return undefined;
  const idToken = cookieNamed(readCookie, `${prefix}.${user}.idToken`);
  if (idToken === undefined) return undefined;
  return { idToken, accessToken: cookieNamed(readCookie, `${prefix}.${user}.accessToken`) };
}

/** Amplify encodes what a cookie's name may not contain, such as the @ of a user name, and leaves the rest. */
function cookieNamed(readCookie: ReadCookie, name: string): string | undefined {
  const encoded = encodeURIComponent(name).replace(/%(?:2[346B]|5E|60|7C)/g, decodeURIComponent);
  const value = readCookie(name) ?? readCookie(encoded);
  return value === undefined || value === '' ? undefined : decoded(value);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
