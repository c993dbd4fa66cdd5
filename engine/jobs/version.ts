/** The version of package.json, put in by the bundler; sources run without one are "dev". */
declare const CANNON_VERSION: string | undefined;

export const version: string = typeof CANNON_VERSION === 'undefined' ? 'dev' : CANNON_VERSION;
