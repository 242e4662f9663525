export {checksumOf, type Version} from './checksum.js';
export {direct} from './direct.js';
export {eventSource} from './eventsource.js';
export {BlotterStream} from './stream.js';
export type * from './types.js';
