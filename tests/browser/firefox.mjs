// Debian's own Firefox, spoken to by WebDriver BiDi (W3C), for Playwright drives only a Firefox of its own making.

import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

import WebSocket from 'ws';

/** Asks nobody on the network: what a browser does of itself when it starts. */
const settings = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.update.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'captivedetect.canonicalURL': '',
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.server': 'data:,',
};

/** One tab of a Firefox with a profile of its own. */
export class Firefox {
  /** What its page said: errors, warnings, and requests to other origins than `origin`. */
  complaints = [];
  #profile = mkdtempSync(join(tmpdir(), 'blotter-firefox-'));
  #asked = new Map();
  #process;
  #socket;
  #tab;

  static async start() {
    const one = new Firefox();
    await one.#start();
    return one;
  }

  async #start() {
    const lines = Object.entries(settings).map((pair) => `user_pref(${pair.map((e) => JSON.stringify(e)).join(', ')});\n`);
    writeFileSync(join(this.#profile, 'user.js'), lines.join(''));
    const flags = ['--headless', '--no-remote', '--profile', this.#profile, '--remote-debugging-port', '0', 'about:blank'];
    this.#process = spawn(process.env.FIREFOX || 'firefox-esr', flags, {stdio: ['ignore', 'ignore', 'pipe']});
    const address = await new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', () => reject(new Error('firefox ended')));
      createInterface({input: this.#process.stderr}).on('line', (line) => {
        const found = /WebDriver BiDi listening on (ws:\S+)/.exec(line);
        if (found) resolve(found[1]);
      });
    });
    this.#socket = new WebSocket(`${address}/session`);
    await new Promise((resolve, reject) => this.#socket.once('open', resolve).once('error', reject));
    this.#socket.on('message', (text) => this.#heard(JSON.parse(text)));
    await this.#ask('session.new', {capabilities: {}});
    await this.#ask('session.subscribe', {events: ['log.entryAdded', 'network.beforeRequestSent']});
    this.#tab = (await this.#ask('browsingContext.getTree', {})).contexts[0].context;
  }

  #ask(method, params) {
    return new Promise((resolve, reject) => {
      const id = this.#asked.size + 1;
      this.#asked.set(id, {resolve, reject});
      this.#socket.send(JSON.stringify({id, method, params}));
    });
  }

  #heard({type, id, method, params, result, error, message}) {
    if (type === 'success') this.#asked.get(id).resolve(result);
    if (type === 'error') this.#asked.get(id).reject(new Error(`${error}: ${message}`));
    if (method === 'log.entryAdded' && params.level !== 'info' && params.level !== 'debug')
      this.complaints.push(`${params.level}: ${params.text}`);
    if (method === 'network.beforeRequestSent' && params.context === this.#tab) {
      const {url} = params.request;
      if (!url.startsWith(this.origin) && !url.startsWith('data:')) this.complaints.push(`foreign request: ${url}`);
    }
  }

  async open(origin, hash = '') {
    this.origin = origin;
    await this.#ask('browsingContext.navigate', {context: this.#tab, url: `${origin}/${hash}`, wait: 'complete'});
  }

  /** What `look(argument)` gives in the page, or the promise that it gives. */
  async evaluate(look, argument) {
    const expression = `(async () => JSON.stringify(await (${look})(${JSON.stringify(argument)})))()`;
    const answer = await this.#ask('script.evaluate', {expression, target: {context: this.#tab}, awaitPromise: true});
    if (answer.type !== 'success') throw new Error(answer.exceptionDetails.text);
    return answer.result.value === undefined ? undefined : JSON.parse(answer.result.value);
  }

  async end() {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#socket?.terminate();
    this.#process.removeAllListeners('error').kill('SIGKILL');
    await gone;
    rmSync(this.#profile, {recursive: true, force: true, maxRetries: 5});
  }
}
