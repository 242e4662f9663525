// Gives the modules of the page to tests: bundled as the page is, kept in memory.

import {fileURLToPath} from 'node:url';

import {build} from 'esbuild';

export async function load(name) {
  const entry = fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));
  const {outputFiles} = await build({entryPoints: [entry], bundle: true, format: 'esm', target: 'es2022', write: false});
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
