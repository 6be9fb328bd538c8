/** API Gateway's own answers to a token that its authorizer rejects, by kind of API and reason. */
const BEARER = 'Bearer scope="" error="invalid_token" error_description=';
export const rejections = {
  http: {
    expired: {
      message: 'Unauthorized',
      header: 'www-authenticate',
      value: `${BEARER}"the token has expired"`,
    },
    invalid: {
      message: 'Unauthorized',
      header: 'www-authenticate',
      value: `${BEARER}"the token is not valid"`,
    },
  },
  rest: {
    expired: {
      message: 'The incoming token has expired',
      header: 'x-amzn-errortype',
      value: 'ExpiredTokenException',
    },
    invalid: { message: 'Unauthorized', header: 'x-amzn-errortype', value: 'UnauthorizedException' },
  },
};
