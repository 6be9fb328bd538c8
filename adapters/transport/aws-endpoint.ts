/** Finds the address of a service of AWS: by its region, or as the environment replaces it. */
import { Fault, type System } from '../../core/system/fault.ts';
import type { Environment } from '../system/environment.ts';

export interface AwsService {
  readonly system: System;
  /** Its name in addresses and signatures, such as `cognito-idp`. */
  readonly name: string;
  /** Its name in the variable `AWS_ENDPOINT_URL_…`. */
  readonly variable: string;
  /** Whether its plain address accepts IPv6 too, so that there is no dual-stack address. Default: never. */
  readonly isPlainDualStack?: (region: string, fips: boolean) => boolean;
}

interface Partition {
  readonly regions: RegExp;
  readonly suffix: string;
  readonly dualStackSuffix: string;
}

const partitions: readonly Partition[] = [
  { regions: /^cn-/, suffix: 'amazonaws.com.cn', dualStackSuffix: 'api.amazonwebservices.com.cn' },
  { regions: /^eusc-/, suffix: 'amazonaws.eu', dualStackSuffix: 'api.amazonwebservices.eu' },
  { regions: /^us-iso-/, suffix: 'c2s.ic.gov', dualStackSuffix: 'api.aws.ic.gov' },
  { regions: /^us-isob-/, suffix: 'sc2s.sgov.gov', dualStackSuffix: 'api.aws.scloud' },
  { regions: /^eu-isoe-/, suffix: 'cloud.adc-e.uk', dualStackSuffix: 'api.cloud-aws.adc-e.uk' },
  { regions: /^us-isof-/, suffix: 'csp.hci.ic.gov', dualStackSuffix: 'api.aws.hci.ic.gov' },
  { regions: /^/, suffix: 'amazonaws.com', dualStackSuffix: 'api.aws' },
];

export interface Endpoint {
  readonly url: URL;
  readonly region: string;
}

export function endpointOf(service: AwsService, environment: Environment): Endpoint {
  const region = environment['AWS_REGION'];
  if (region === undefined || region === '') throw withoutRegion(service);
  const given = isOn(environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])
    ? undefined
    : environment[`AWS_ENDPOINT_URL_${service.variable}`] || environment['AWS_ENDPOINT_URL'];
  return { url: new URL(given || addressOf(service, region, environment)), region };
}

function addressOf({ name, isPlainDualStack }: AwsService, region: string, environment: Environment): string {
  const fips = isOn(environment['AWS_USE_FIPS_ENDPOINT']);
  const dualStack =
    isOn(environment['AWS_USE_DUALSTACK_ENDPOINT']) && isPlainDualStack?.(region, fips) !== true;
  const partition = partitions.find(({ regions }) => regions.test(region));
  const suffix = dualStack ? partition?.dualStackSuffix : partition?.suffix;
  // In GovCloud, the plain addresses of these are their FIPS addresses.
  const isFipsItself = (name === 'dynamodb' || name === 'sqs') && region.startsWith('us-gov-') && !dualStack;
  return `https://${name}${fips && !isFipsItself ? '-fips' : ''}.${region}.${suffix}`;
}

function isOn(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true';
}

function withoutRegion({ system }: AwsService): Fault {
  const fix = 'Set the region of the installation, such as us-east-1.';
  const refusal = { kind: 'installation', setting: 'AWS_REGION', fix } as const;
  return new Fault({
    code: 'refused',
    system,
    operation: 'find endpoint',
    reason: 'region_missing',
    refusal,
  });
}
