/**
 * An esbuild plugin: fitsjs-ng is here for its two tile codecs, and brings readers of other formats (XISF, HiPS, PNG, JPEG). What only
 * those need is left out of the bundles: 280 kB, and a WebAssembly module that cannot be bundled.
 */
const unneeded = /^(@fxpineau\/moc-wasm|@hscmap\/healpix|@xmldom\/xmldom|fast-png|jpeg-js|js-sha3|lz4js|fzstd|fflate)$/;

export const fitsCodecsOnly = {
  name: 'fits-codecs-only',
  setup(build) {
    build.onResolve({ filter: unneeded }, ({ importer, path }) =>
      /[\\/]fitsjs-ng[\\/]/.test(importer) ? { path, namespace: 'unneeded' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'unneeded' }, () => ({ contents: 'module.exports = {};', loader: 'js' }));
  },
};
