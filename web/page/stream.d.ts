export interface Status { state: string; reason: string; text: string; since: number; attempt: number; retryAt: number }
export interface Entry { key: string; v: [number, number]; row: Record<string, unknown> }
export class BlotterStream {
  constructor(url: string, options?: {beat?: number});
  state: Status;
  counters: {connects: number; streams: number; resumes: number; resets: number; mismatches: number; rows: number; bytes: number};
  beatMs: number;
  stats: {
    verified: {ok: boolean; count: number; checksum: string; expected: {count: number; checksum: string}; at: number} | null;
    beat: {time: number; lag: number} | null;
    hello: {member: string} | null;
  };
  get rows(): ReadonlyMap<string, Entry>;
  on(name: 'rows', f: (batch: {changed: [Entry, Entry | undefined][]; removed: Entry[]; snapshot: boolean}) => void): () => void;
  on(name: 'state', f: (state: Status) => void): () => void;
  on(name: 'verified', f: () => void): () => void;
  on(name: 'problem', f: (problem: {code: string; text: string}) => void): () => void;
  open(): void;
  close(): void;
  behind(): number | undefined;
}
export function followPage(stream: BlotterStream): () => void;
