/** `npm run triggers`: prints which triggers of the Stripe CLI happen. Fails if one that should does not. */
import { expectedReason, runTriggers, tableOf } from './triggers.ts';

const results = await runTriggers(({ trigger, happens }) => {
  process.stderr.write(`${happens ? 'yes' : 'no '} ${trigger}\n`);
});
process.stdout.write(tableOf(results));
const missing = results.filter(({ trigger, happens }) => !happens && expectedReason(trigger) === undefined);
if (missing.length > 0) process.exitCode = 1;
