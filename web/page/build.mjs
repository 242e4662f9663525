// Builds the page into dist/: its scripts and its style sheet with their hashes in their names, index.html, and each of
// them compressed beside it. Fetches the packages of package-lock.json first where they are not the ones installed.
// Usage: node build.mjs

import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {brotliCompressSync, constants, gzipSync} from 'node:zlib';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');

function fail(text) {
  console.error(`web/page: ${text}`);
  process.exit(1);
}

/** Installs exactly what the lock file names, unless that is there. Quiet unless it fails. */
function ensurePackages() {
  const lock = join(here, 'package-lock.json');
  const mark = join(here, 'node_modules', '.installed-lock.json');
  if (existsSync(mark) && readFileSync(mark).equals(readFileSync(lock))) return;
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {cwd: here, encoding: 'utf8'});
  if (done.error) fail('npm is missing: tools/setup.sh build installs it');
  if (done.status !== 0) {
    console.error(`${done.stdout}${done.stderr}`.trim().split('\n').slice(-8).join('\n'));
    fail('the packages that the page is built with could not be fetched (npm ci, see above). Is there a network?');
  }
  copyFileSync(lock, mark);
}

ensurePackages();
const {build} = await import('esbuild');

const {outputFiles} = await build({
  entryPoints: {page: join(here, 'src/main.ts'), early: join(here, 'src/early.ts')},
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  outdir: dist,
  write: false,
  logLevel: 'warning',
}).catch(() => fail('the page could not be built, see above'));

const files = new Map();
const named = {};
for (const {path, contents} of outputFiles) {
  const ending = path.slice(path.lastIndexOf('.') + 1);
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  const name = basename(path, `.${ending}`);
  named[`${name}.${ending}`] = `${name}-${hash}.${ending}`;
  files.set(`${name}-${hash}.${ending}`, Buffer.from(contents));
}
const source = readFileSync(join(here, 'src/index.html'), 'utf8');
files.set('index.html', Buffer.from(source.replaceAll(/"(\w+\.(?:css|js))"/g, (whole, name) => (named[name] ? `"${named[name]}"` : whole))));
files.set('favicon.svg', readFileSync(join(here, 'src/favicon.svg')));
files.set('licenses.txt', readFileSync(join(here, 'node_modules/ag-grid-community/LICENSE.txt')));

// Beside the old one until it is whole: whoever embeds it never sees a half.
const fresh = `${dist}.${process.pid}`;
rmSync(fresh, {recursive: true, force: true});
mkdirSync(fresh, {recursive: true});
for (const [name, bytes] of files) {
  writeFileSync(join(fresh, name), bytes);
  if (bytes.length < 1000) continue;
  writeFileSync(join(fresh, `${name}.gz`), gzipSync(bytes, {level: 9}));
  const params = {[constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length};
  writeFileSync(join(fresh, `${name}.br`), brotliCompressSync(bytes, {params}));
}
rmSync(dist, {recursive: true, force: true});
renameSync(fresh, dist);
