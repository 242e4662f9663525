// What is published: size, contents, types, and that that it works as it is.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import test from 'node:test';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

import {build} from 'esbuild';

const folder = fileURLToPath(new URL('..', import.meta.url));
const described = JSON.parse(readFileSync(`${folder}/package.json`));

async function bundled(contents, options = {}) {
  const {outputFiles, metafile} = await build({
    stdin: {contents, resolveDir: folder}, bundle: true, minify: true, format: 'esm', target: 'es2022', write: false,
    metafile: true, ...options});
  return {size: gzipSync(outputFiles[0].contents, {level: 9}).length, inputs: Object.keys(metafile.inputs)};
}

test('the core is under 6 kB, compressed', async () => {
  const {size} = await bundled("export {BlotterStream} from '@blotter/client'");
  console.log(`# core: ${size} bytes compressed`);
  assert.ok(size < 6000, `${size} bytes`);
});

test('the hook adds less than 1 kB, and takes nothing but React', async () => {
  const both = await bundled("export {useBlotter} from '@blotter/client/react'", {external: ['react']});
  const core = await bundled("export {BlotterStream} from '@blotter/client'");
  assert.ok(both.size - core.size < 1000, `${both.size - core.size} bytes`);
  assert.ok(both.inputs.every((path) => !path.includes('node_modules')), String(both.inputs));
});

test('nothing is needed at run time', () => {
  assert.equal(described.dependencies, undefined);
  assert.deepEqual(described.peerDependenciesMeta, {react: {optional: true}});
  assert.equal(described.sideEffects, false);
});

test('types come first in each export, and every named file is there', () => {
  for (const target of Object.values(described.exports)) {
    const files = typeof target === 'string' ? [target] : Object.values(target);
    if (typeof target !== 'string') assert.equal(Object.keys(target)[0], 'types');
    for (const file of files) readFileSync(new URL(file, `file://${folder}`));
  }
});

test('the package holds what it needs and nothing more', () => {
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {cwd: folder, encoding: 'utf8'});
  const names = JSON.parse(packed.stdout)[0].files.map((f) => f.path);
  for (const needed of ['README.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'dist/react.js', 'dist/react.d.ts']) {
    assert.ok(names.includes(needed), needed);
  }
  assert.deepEqual(names.filter((n) => !/^(dist\/|examples\/|README\.md$|LICENSE$|package\.json$)/.test(n)), []);
});

test('a reader of the types gets its own rows typed, and mistakes are errors', () => {
  const check = spawnSync('node', ['node_modules/typescript/bin/tsc', '-p', 'test/types'], {cwd: folder, encoding: 'utf8'});
  assert.equal(check.status, 0, check.stdout + check.stderr);
});

test('the sources name no other package', () => {
  for (const name of readdirSync(`${folder}/src`)) {
    for (const [, from] of readFileSync(`${folder}/src/${name}`, 'utf8').matchAll(/from '([^']+)'/g)) {
      assert.ok(from.startsWith('./') || (name === 'react.ts' && from === 'react'), `${name}: ${from}`);
    }
  }
});

test('the lock file holds no address', () => {
  assert.doesNotMatch(readFileSync(`${folder}/package-lock.json`, 'utf8'), /"resolved": "http/);
});

test('a process that closed its stream ends: nothing is left running', () => {
  const script = `
    import {BlotterStream} from '@blotter/client';
    const stream = new BlotterStream('http://127.0.0.1:9/v1/clients/c1/events').open();
    stream.on('problem', () => stream.close());`;
  const ran = spawnSync('node', ['--input-type=module', '-e', script], {cwd: folder, timeout: 10_000, encoding: 'utf8'});
  assert.equal(ran.status, 0, ran.stderr);
});
