/** The filters of `stripe logs tail`, which the CLI sends as JSON when it opens a session. */
import { invalidParameter } from '../protocol/stripe-error.ts';
import type { RequestLog } from './messages.ts';

type Filters = Readonly<Record<string, readonly string[]>>;

/** By the name of the filter: whether one of its values selects the request. */
const selects: Readonly<Record<string, (log: RequestLog, value: string) => boolean>> = {
  filter_http_method: ({ method }, value) => method === value.toUpperCase(),
  filter_request_path: ({ url }, value) => url === value,
  filter_request_status: ({ status }, value) =>
    (status < 400 ? 'SUCCEEDED' : 'FAILED') === value.toUpperCase(),
  filter_source: (_, value) => value.toUpperCase() === 'API',
  filter_status_code: ({ status }, value) => String(status) === value,
  // The CLI sends 4XX as 400.
  filter_status_code_type: ({ status }, value) => String(status)[0] === value[0],
  // No request concerns a connected account, and all come from this machine.
  filter_account: (_, value) => value.toLowerCase() === 'self',
  filter_ip_address: () => true,
};

/** Throws a `StripeError` if the text is not a JSON object of lists. */
export function parseFilters(text: string | undefined): Filters {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isFilters(value)) return value;
  } catch {
    // Refused below.
  }
  throw invalidParameter({
    message: 'The filters must be a JSON object of lists of texts.',
    param: 'filters',
  });
}

function isFilters(value: unknown): value is Filters {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every(
      (list) => Array.isArray(list) && list.every((item) => typeof item === 'string'),
    )
  );
}

export function isSelected(filters: Filters, log: RequestLog): boolean {
  return Object.entries(filters).every(([name, values]) => {
    const select = Object.hasOwn(selects, name) ? selects[name] : undefined;
    return select === undefined || values.length === 0 || values.some((value) => select(log, value));
  });
}
