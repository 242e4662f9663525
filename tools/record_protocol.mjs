// Holds the conversations that docs/protocol.md shows with a real server, and writes them there.
// Usage: node tools/record_protocol.mjs   (BLOTTER: the binary, default build/blotter)

import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {record} from '../web/client/test/recording.mjs';

const page = fileURLToPath(new URL('../docs/protocol.md', import.meta.url));
const {said} = await record();
const told = readFileSync(page, 'utf8').replace(
  /(<!-- recorded: (\w+) -->\n```\w*\n)[^]*?(\n```)/g, (_, before, name, after) => before + said[name] + after);
writeFileSync(page, told);
