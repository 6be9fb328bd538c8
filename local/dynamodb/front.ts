/** The front of the DynamoDB emulator. It rejects requests that would crash the emulator, and survives its crashes. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { type Answer, jsonAnswer, readBody, sendAnswer } from '../http/body.ts';
import type { Emulator } from '../http/emulator.ts';
import { internalError, refusal } from './refusals.ts';

const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

export function dynamoDbListener(emulator: Emulator): RequestListener {
  return (request, response) => {
    void answerFor(request, emulator)
      .catch(internalError)
      .then((answer) => {
        sendAnswer(response, answer);
      });
  };
}

async function answerFor(request: IncomingMessage, emulator: Emulator): Promise<Answer> {
  const { method = 'GET', url: path = '/', headers } = request;
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if (body === 'too-large') return jsonAnswer(413, {});
  const refused = method === 'POST' ? refusal(headers, body) : undefined;
  return refused ?? emulator({ method, path, headers, body });
}
