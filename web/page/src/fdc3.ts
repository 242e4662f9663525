// The desktop around the page, where there is one that speaks FDC3: it hears which instrument is selected here, and the
// page follows the one that is chosen elsewhere.

import {isObject, type Keyed} from './columns';

const instrumentType = 'fdc3.instrument';
const textMax = 80;

interface DesktopAgent {
  broadcast(context: unknown): unknown;
  addContextListener?(type: string, listener: (context: unknown) => void): unknown;
}

const textOf = (value: unknown): string | undefined =>
  (typeof value === 'string' && value.trim() ? value.trim().slice(0, textMax) : undefined);

function field(row: Keyed, name: string): string | undefined {
  return isObject(row.row) && Object.hasOwn(row.row, name) ? textOf(row.row[name]) : undefined;
}

/** By what the desktop knows a row's instrument; `named` is the field that the settings name. */
export function instrumentOf(row: Keyed, named: string | undefined): {ticker: string; ISIN?: string} {
  const ticker = (named && field(row, named)) ?? field(row, 'ticker') ?? field(row, 'symbol') ?? row.key;
  const ISIN = field(row, 'isin') ?? field(row, 'ISIN');
  return ISIN ? {ticker, ISIN} : {ticker};
}

/** The names by which a context of the desktop means an instrument, best first; none where it means something else. */
export function namesOf(context: unknown): string[] {
  if (!isObject(context) || context.type !== instrumentType || !isObject(context.id)) return [];
  const {ticker, ISIN} = context.id;
  return [textOf(ticker), textOf(ISIN)].filter((name) => name !== undefined);
}

export class Desktop {
  #told = '';  // what we said last: a channel gives it back to us

  /** `asked` hears the names of the instrument that was chosen elsewhere. */
  constructor(private readonly asked: (names: string[]) => void) {
    if (this.#agent) this.#follow();
    else addEventListener('fdc3Ready', () => this.#follow(), {once: true});
  }

  get #agent(): DesktopAgent | undefined { return (globalThis as {fdc3?: DesktopAgent}).fdc3; }

  #follow(): void {
    this.#try((agent) => agent.addContextListener?.(instrumentType, (context) => {
      const names = namesOf(context);
      if (names.length > 0 && names[0] !== this.#told) this.asked(names);
    }));
  }

  tell(row: Keyed, named: string | undefined): void {
    const id = instrumentOf(row, named);
    this.#told = id.ticker;
    this.#try((agent) => agent.broadcast({type: instrumentType, id}));
  }

  /** The desktop's trouble is not the table's. */
  #try(ask: (agent: DesktopAgent) => unknown): void {
    const agent = this.#agent;
    if (agent) void (async () => ask(agent))().catch(() => {});
  }
}
