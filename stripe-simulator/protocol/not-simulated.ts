/** The error for what Stripe knows and the simulator does not act on. Stripe has no such error. */
import { invalidParameter, type StripeError } from './stripe-error.ts';

/** `params` are names, or names with values, and `param` is the name of the first. */
export function notSimulated(params: readonly string[], param: string): StripeError {
  const [which, what] = params.length === 1 ? ['parameter', 'it'] : ['parameters', 'them'];
  const message = `The simulator does not simulate the ${which} ${params.join(', ')}, which Stripe knows. Remove ${what} from the request, or start the simulator with --lenient (in code: \`lenient: true\`), which ignores ${what}.`;
  return invalidParameter({ message, code: 'parameter_not_simulated', param });
}
