/** When the paid period of the examples ends, in Unix seconds. */
export const PERIOD_END = 1_798_761_600;
