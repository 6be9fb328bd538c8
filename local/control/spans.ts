/** The routes of the timeline. */
import type { Recorder } from '../recording/recorder.ts';
import { type ControlInput, ControlRefusal, type ControlRoute, FileAnswer } from './routes.ts';

export interface SpanRoutesDeps {
  readonly recorder: Recorder;
  /** Sends a delivery again. Returns false if no payer has it. */
  readonly redeliver: (deliveryId: string) => boolean;
}

export function spanRoutes({ recorder, redeliver }: SpanRoutesDeps): readonly ControlRoute[] {
  return [
    { method: 'GET', path: '/spans', run: (input) => ({ spans: recorder.list(queryOf(input)) }) },
    {
      method: 'GET',
      path: '/spans/export',
      run: (input) => {
        const details = recorder.list(queryOf(input)).map(({ id }) => recorder.detail(id));
        const text = JSON.stringify({ format: 'predixa-timeline', version: 1, spans: details }, null, 1);
        return new FileAnswer('timeline.json', 'application/json', Buffer.from(text));
      },
    },
    {
      method: 'GET',
      path: '/spans/:id',
      run: ({ params }) => {
        const detail = recorder.detail(Number(params['id']));
        if (detail !== undefined) return detail;
        throw new ControlRefusal(404, 'This span is no longer kept: only the newest ones are.');
      },
    },
    {
      method: 'POST',
      path: '/deliveries/:id/replay',
      run: ({ params: { id = '' } }) => {
        if (redeliver(id)) return { replayed: id };
        throw new ControlRefusal(404, `No payer has a delivery ${id}. It was deleted by a reset.`);
      },
    },
  ];
}

function queryOf({ query }: ControlInput): { after: number; story: number | undefined; limit: number } {
  const numberOf = (name: string, otherwise: number) => {
    const text = query.get(name);
    if (text === null) return otherwise;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new ControlRefusal(400, `"${name}" must be a whole number.`);
  };
  const story = numberOf('story', 0);
  return {
    after: numberOf('after', 0),
    story: story === 0 ? undefined : story,
    limit: numberOf('limit', 6_000),
  };
}
