/** The paid page as data, for programs. */
import { refusalResponse } from '@predixa/client/next';
import { access } from '../../../lib/access';

export async function GET(): Promise<Response> {
  const decision = await access().checkAccess();
  if (!decision.granted) return refusalResponse(decision);
  return Response.json({ report: 'Everything grew.', for: decision.user.sub });
}
