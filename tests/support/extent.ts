/** The extent of a run: `npm run test:long` tests every case and more random values. */

export const isLongRun = process.env['TEST_EXTENT'] === 'long';
