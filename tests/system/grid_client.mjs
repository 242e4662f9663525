// The official Node.js client of Hazelcast in the hands of a test: as grid_client.py. It is found in the folder that
// HAZELCAST_CLIENT names.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(`${process.env.HAZELCAST_CLIENT}/`);
const { Client, HazelcastJsonValue } = require('hazelcast-client');
const [name, ...addresses] = process.argv.slice(2);

const say = (what) => console.log(JSON.stringify(what));
const plain = (value) => (value instanceof HazelcastJsonValue ? value.toString() : value ?? null);

const client = await Client.newHazelcastClient({
  clusterName: 'blotter',
  network: { clusterMembers: addresses },
  serialization: { jsonStringDeserializationPolicy: 'NO_DESERIALIZATION' },
  properties: { 'hazelcast.logging.level': 'OFF' },
});
const entries = await client.getMap(name);
const told = (event) => (e) => say({ event, key: e.key, value: plain(e.value) });
await entries.addEntryListener(
  { added: told('added'), updated: told('updated'), removed: told('removed'), expired: told('expired') },
  undefined,
  true,
);
say({ ready: true });

for await (const line of createInterface({ input: process.stdin })) {
  const [command, key, text] = JSON.parse(line);
  if (command === 'get') say({ answer: plain(await entries.get(key)) });
  if (command === 'gets') say({ answer: (await Promise.all(key.map((each) => entries.get(each)))).map(plain) });
  if (command === 'clear') say({ answer: (await entries.clear()) ?? null });
  if (command === 'put') say({ answer: plain(await entries.put(key, new HazelcastJsonValue(text))) });
  if (command === 'put_text') say({ answer: plain(await entries.put(key, text)) });
  if (command === 'remove') say({ answer: plain(await entries.remove(key)) });
  if (command === 'entries')
    say({ answer: Object.fromEntries((await entries.entrySet()).map(([k, value]) => [k, plain(value)])) });
}
await client.shutdown();
