/** Test clocks, and the record of what has been announced, which prevents a second announcement. */

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

/** A date that has been announced: the trial end of a subscription or the due date of an invoice. */
export interface Notice {
  id: string;
  about: number;
}
