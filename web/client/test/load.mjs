// The library from its sources, inner parts too: what is tested is what stands in src/, built or not.

import {fileURLToPath} from 'node:url';

import {build} from 'esbuild';

const names = ['batches', 'checksum', 'connection', 'direct', 'eventsource', 'ledger', 'platform', 'retry', 'sse', 'stream', 'table'];
const {outputFiles} = await build({
  stdin: {
    contents: names.map((name) => `export * from './src/${name}.ts';`).join('\n'),
    resolveDir: fileURLToPath(new URL('..', import.meta.url)),
  },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  write: false,
});
const text = Buffer.from(outputFiles[0].contents).toString('base64');

export const library = await import(`data:text/javascript;base64,${text}`);
