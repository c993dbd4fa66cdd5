/**
 * While coverage is measured: what tests start leaves V8's counts in the folder of this run. The tests' own process has
 * begun without, for vitest counts there.
 */
process.env['NODE_V8_COVERAGE'] = process.env['CANNON_COVERAGE'];
