// Builds dist/: two ES modules for bundlers and browsers, and one file for a plain <script>.

import {readFile, rm} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';

import {build} from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const {version} = JSON.parse(await readFile(here('package.json'), 'utf8'));
const common = {bundle: true, target: 'es2022', logLevel: 'warning', banner: {js: `/* @blotter/client ${version}, Apache-2.0 */`}};

await rm(here('dist'), {recursive: true, force: true});
await Promise.all([
  build({...common, entryPoints: [here('src/index.ts'), here('src/react.ts')], outdir: here('dist'), format: 'esm',
         external: ['react'], splitting: true, sourcemap: true, sourcesContent: true}),
  build({...common, entryPoints: [here('src/index.ts')], outfile: here('dist/blotter-client.min.js'), format: 'iife',
         globalName: 'blotter', minify: true}),
]);
