/** Test clocks, and what has already been announced so that it is not announced twice. */

export interface TestClock {
  id: string;
  object: 'test_helpers.test_clock';
  created: number;
  deletes_after: number;
  frozen_time: number;
  livemode: false;
  name: string | null;
  status: 'advancing' | 'ready' | 'internal_failure';
  status_details: { advancing?: { target_frozen_time: number } };
}

/** The date of a record that was announced: a trial's end of a subscription, an invoice's due date. */
export interface Notice {
  id: string;
  about: number;
}
