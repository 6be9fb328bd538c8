/** Finds values of a stage's configuration that its functions would reject when they start, in the same words. */
import { parsePolicyTable } from '../core/entitlement/policy.ts';
import { readRefundPolicy } from '../core/refund/policy.ts';
import { isAppLink } from '../core/settings/app-link.ts';
import { limits } from '../core/settings/limits.ts';
import { cleanText, type Reading } from '../core/settings/text.ts';
import { readOrigin, readReturnUrl } from '../core/settings/urls.ts';
import {
  type NumberRange,
  readDiscount,
  readNumber,
  readPaymentMethod,
  readPortalConfiguration,
  readPriceName,
  readRegion,
  readUserPoolId,
} from '../core/settings/values.ts';
import type { StageConfig } from './config.ts';

/** Returns one message per mistake; none if the values are valid. */
export function valueProblems(config: StageConfig): readonly string[] {
  const { checkout, portal, access, deletion, reconcile } = config;
  return [
    ...text('region', config.region, readRegion),
    ...accountProblems(config.account),
    ...checkout.prices.flatMap((price) => text('checkout.prices', price, readPriceName)),
    ...number('checkout.maxQuantity', checkout.maxQuantity, limits.quantity),
    ...number('checkout.trialDays', checkout.trialDays, limits.trialDays),
    ...termProblems(checkout),
    ...(config.api.appLinks ?? []).flatMap(appLinkProblems),
    ...text('checkout.successUrl', checkout.successUrl, readReturnUrl),
    ...text('checkout.cancelUrl', checkout.cancelUrl, readReturnUrl),
    ...text('portal.returnUrl', portal.returnUrl, readReturnUrl),
    ...text('portal.configuration', portal.configuration, readPortalConfiguration),
    ...number('access.renewalGraceHours', access.renewalGraceHours, limits.renewalGraceHours),
    ...number('access.pastDueGraceDays', access.pastDueGraceDays, limits.pastDueGraceDays),
    ...number('access.signUpTrialDays', access.signUpTrialDays, limits.signUpTrialDays),
    ...policyProblems(access.policy),
    ...text('deletion.refund', deletion.refund, readRefundPolicy),
    ...number('reconcile.everyHours', reconcile.everyHours, {}),
    ...(/^(?:rate|cron|at)\(.+\)$/.test(reconcile.schedule)
      ? []
      : ['reconcile.schedule is not a schedule: set an expression such as rate(15 minutes)']),
    ...emailProblems(config.watch.alarmEmail),
    ...poolValueProblems(config),
  ];
}

/** Returns the message for an origin that a browser sends in another form, or that is none. */
export function originProblems(origin: string): readonly string[] {
  const reading = readOrigin(origin);
  const wrong = 'wrong' in reading || !/^https?:/.test(reading.value) || reading.value.endsWith(':*');
  if (!wrong && reading.value === origin) return [];
  const hint = wrong ? 'example: https://app.example.com' : `browsers send ${reading.value}`;
  return [`api.allowedOrigins: ${origin} is not an origin (${hint})`];
}

function termProblems({ discount = null, promotionCodes, paymentMethods = [] }: StageConfig['checkout']) {
  return [
    ...text('checkout.discount', discount, readDiscount),
    ...(discount !== null && promotionCodes
      ? ['checkout.discount does not go together with checkout.promotionCodes: Stripe takes one of them']
      : []),
    ...paymentMethods.flatMap((type) => text('checkout.paymentMethods', type, readPaymentMethod)),
  ];
}

/** Returns the message for a link that opens no app. */
function appLinkProblems(link: string): readonly string[] {
  const reading = readOrigin(link);
  const isLink = 'value' in reading && reading.value === link && isAppLink(new URL(link));
  return isLink ? [] : [`api.appLinks: ${link} is not the link of an app (example: predixa://)`];
}

/** The values go to the functions and to AWS as they are written here. */
function text<T>(key: string, value: string | null, read: (text: string) => Reading<T>): readonly string[] {
  if (value === null) return [];
  if (cleanText(value) !== value) return [`${key} has quotes, blanks or invisible characters around it`];
  const reading = read(value);
  return 'wrong' in reading ? [`${key} ${reading.wrong}`] : [];
}

function number(key: string, value: number, range: NumberRange): readonly string[] {
  const reading = readNumber(String(value), range);
  return 'wrong' in reading ? [`${key} ${reading.wrong}`] : [];
}

function accountProblems(account: string | null): readonly string[] {
  return account === null || /^\d{12}$/.test(account)
    ? []
    : ['account is not the id of an AWS account: set its 12 digits'];
}

function policyProblems(policy: StageConfig['access']['policy']): readonly string[] {
  const reading = parsePolicyTable(policy ?? {});
  return 'wrong' in reading ? [`access.policy is not valid: ${reading.wrong}`] : [];
}

function emailProblems(email: string | null): readonly string[] {
  const isAddress = email === null || /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/.test(email);
  return isAddress ? [] : ['watch.alarmEmail is not an email address: set one address, without a name'];
}

function poolValueProblems({ pool, region }: StageConfig): readonly string[] {
  if (pool.kind === 'create') return [];
  const { userPoolId, clientIds, issuer, smsRoleArn, senderKeyArn } = pool;
  const id = readUserPoolId(userPoolId, region);
  // A pool in another region has a message of its own.
  const isElsewhere = 'value' in readUserPoolId(userPoolId, undefined);
  return [
    ...('wrong' in id && !isElsewhere ? [`pool.userPoolId ${id.wrong}`] : []),
    ...clientIds
      .filter((clientId) => !/^[\w+]{1,128}$/.test(clientId))
      .map(
        () => 'pool.clientIds lists something other than the ids of app clients: set the ids, without blanks',
      ),
    ...(issuer === undefined || /^https:\/\/\S+[^/\s]$/.test(issuer)
      ? []
      : [
          'pool.issuer is not an issuer: set the iss claim of the tokens, an https:// URL without a slash at its end',
        ]),
    ...arn('pool.smsRoleArn', smsRoleArn, /^arn:[\w-]+:iam::\d{12}:role\/\S+$/),
    ...arn('pool.senderKeyArn', senderKeyArn, /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/\S+$/),
  ];
}

function arn(key: string, value: string | undefined, form: RegExp): readonly string[] {
  return value === undefined || form.test(value) ? [] : [`${key} is no ARN of that kind`];
}
