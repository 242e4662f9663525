// The browser library in direct mode, in the hands of a test: a line of JSON for each thing that happens, and the rows
// whenever they changed. Built before: npm --prefix web/client run build.
import {BlotterStream, direct} from '../../web/client/dist/index.js';

const [gateway, client] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));

const stream = new BlotterStream(`${gateway}/v1/clients/${encodeURIComponent(client)}/events`, {transport: direct(), beat: 1});
stream.on('status', ({state, reason, text}) => say({state, reason, text}));
stream.on('hello', ({member, resumed}) => say({hello: member, resumed}));
stream.on('moving', ({from, to}) => say({moving: from, to}));
stream.on('rows', ({changed, removed, phase}) => say({
  phase, changed: changed.map((c) => c.key), removed: removed.map((c) => c.key), rows: Object.fromEntries(stream.rows)}));
stream.on('problem', ({code, text, status}) => say({problem: code, text, status}));
stream.open();
