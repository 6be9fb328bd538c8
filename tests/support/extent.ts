/** How much the tests try: `npm run test:long` tries every case and more random values. */

export const isLongRun = process.env['TEST_EXTENT'] === 'long';
