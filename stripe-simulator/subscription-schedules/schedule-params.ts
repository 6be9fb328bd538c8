/** Refuses the parameters of a schedule that Stripe does not know, and those that the simulator does not support. */
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';

export interface KnownParams {
  readonly supported: readonly string[];
  /** Stripe's further parameters. A request with one of them would be answered wrongly, so it is refused. */
  readonly unsupported: readonly string[];
}

export function checkNames(params: Params, { supported, unsupported }: KnownParams): void {
  for (const name of params.names()) {
    if (supported.includes(name) || name === 'expand') continue;
    const param = params.nameOf(name);
    if (unsupported.includes(name)) {
      throw invalidRequest({ message: `The simulator does not support the parameter ${param}.`, param });
    }
    throw invalidRequest({
      message: `Received unknown parameter: ${param}`,
      code: 'parameter_unknown',
      param,
    });
  }
}
