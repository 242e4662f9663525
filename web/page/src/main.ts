// The page: one client's stream, its table, and at a glance whether what one looks at is current.

import './page.css';

import {ColumnPanel} from './column_panel';
import {Desktop} from './fdc3';
import {Foot} from './foot';
import {clock, freshness, type Freshness} from './freshness';
import {History} from './history';
import {$, many, say} from './page_text';
import {clientsWith, Picker} from './picker';
import {fetchSettings, loadLayout, loadPreferences, saveLayout, savePreferences, type NamedView,
        type PageSettings} from './settings';
import {Source, type SourceStatus} from './source';
import {copy, csvOf, save, tsvOf} from './take';
import {View, type Step} from './view';
import {ViewsPanel} from './views_panel';

const askAgainAfter = 1500;  // ms between two looks for a first client
const blink = 250;  // ms that a move to another server may take before anybody is told

/** Whether all rows are here, current or not. */
const isWhole = (state: SourceStatus['state']) => state === 'live' || state === 'stale';

class Page {
  #preferences = loadPreferences();
  #settings: PageSettings = {};
  #view: View;
  #picker: Picker;
  #history = new History($('events'));
  #foot = new Foot();
  #desktop: Desktop;
  #askedFor: string[] = [];  // by the desktop, before there were rows
  #columns: ColumnPanel;
  #views: ViewsPanel;
  #source: Source | null = null;
  #client = '';
  #newest = 0;  // when the last change came
  #paused = 0;  // when, or 0
  #kind: Freshness['kind'] | '' = '';
  #toastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#look();
    this.#view = new View($('grid'), {
      held: (rows) => this.#held(rows),
      shown: () => this.#counts(),
      laidOut: (layout) => saveLayout(layout),
      selected: (line) => this.#desktop.tell(line, this.#settings.instrument),
    });
    this.#view.setDensity(this.#preferences.density);
    this.#picker = new Picker($<HTMLInputElement>('client'), $('suggestions'), (client) => this.#goTo(client),
                              () => this.#preferences.recent);
    this.#columns = new ColumnPanel($('columns'), this.#view.layout, () => { saveLayout(null); this.#view.relay(null); });
    this.#views = new ViewsPanel($('views'), $('views-label'), {
      taken: (name) => ({name, ...this.#view.arrangement, find: $<HTMLInputElement>('find').value.trim()}),
      chosen: (view) => this.#chosen(view),
    });
    this.#desktop = new Desktop((names) => this.#asked(names));
  }

  start(): void {
    addEventListener('hashchange', () => this.#follow());
    document.addEventListener('visibilitychange', () => this.#tick());
    document.addEventListener('keydown', (e) => this.#key(e));
    document.addEventListener('copy', (e) => this.#copy(e));
    $('pause').addEventListener('click', () => this.#pause());
    $('held').addEventListener('click', () => this.#view.release());
    $('unfilter').addEventListener('click', () => this.#unfilter());
    $('copy').addEventListener('click', () => void this.#copyRows());
    $('csv').addEventListener('click', () => this.#saveCsv());
    const find = $<HTMLInputElement>('find');
    find.addEventListener('input', () => this.#search(find.value));
    this.#options($('option-form'));
    $('history').addEventListener('toggle', () => { if (this.#source) this.#foot.facts(this.#source); });
    setInterval(() => this.#tick(), 250);
    this.#follow(fetchSettings());  // while the stream is being opened
    this.#tick();
  }

  #hash(): URLSearchParams { return new URLSearchParams(location.hash.slice(1)); }

  #goTo(client: string): void {
    const hash = this.#hash();
    hash.set('client', client);
    hash.delete('find');
    location.hash = hash.toString();
  }

  #follow(settings?: Promise<PageSettings>): void {
    const hash = this.#hash();
    const client = hash.get('client');
    if (client) void this.#open(client, settings);
    else void this.#findFirst(settings);
    const find = hash.get('find') ?? '';
    if ($<HTMLInputElement>('find').value === find) return;
    $<HTMLInputElement>('find').value = find;
    this.#view.search(find);
  }

  async #findFirst(settings?: Promise<PageSettings>): Promise<void> {
    const [first] = await clientsWith('', 1);
    if (this.#client || location.hash.includes('client=')) return;
    if (first === undefined) {
      setTimeout(() => void this.#findFirst(settings), askAgainAfter);
      return;
    }
    history.replaceState(null, '', `#${new URLSearchParams({client: first})}`);
    void this.#open(first, settings);
  }

  async #open(client: string, settings?: Promise<PageSettings>): Promise<void> {
    if (client === this.#client) return;
    this.#source?.close();
    this.#source = null;
    this.#client = client;
    this.#picker.show(client);
    this.#newest = this.#paused = 0;
    this.#kind = '';
    this.#remember(client);
    this.#history.add(`opened ${client}`);
    let early: Step[] | null = settings ? [] : null;  // rows that came before the settings
    const source = new Source(client, {
      rows: (step) => void (early ? early.push(step) : this.#take(step)),
      status: (status) => this.#status(status, early === null),
      verified: () => this.#tick(),
      happened: (text, grave) => this.#history.add(text, grave),
    });
    this.#source = source;
    this.#foot.restart();
    if (!settings) this.#begin(client);
    else {
      this.#settings = await settings;
      if (source !== this.#source) return;
      this.#begin(client);
      for (const step of early ?? []) this.#take(step);
      early = null;
      if (isWhole(source.status.state)) this.#view.settle();
    }
    this.#tick();
  }

  /** An empty table of this client. */
  #begin(client: string): void {
    say('title', this.#settings.title ?? 'Blotter');
    this.#showPaused();
    this.#view.clear(client, this.#settings, loadLayout());
    this.#useView();
  }

  #take(step: Step): void {
    if (step.live) this.#newest = Date.now();
    this.#view.apply(step);
  }

  /** The view that the address names, where this browser has it. */
  #useView(): void {
    const name = this.#hash().get('view') ?? '';
    const view = this.#views.find(name);
    if (view) this.#view.use(view);
    else if (name) this.#history.add(`no view ${name} in this browser`);
  }

  #chosen(view: NamedView | null): void {
    const hash = this.#hash();
    if (view) hash.set('view', view.name);
    else hash.delete('view');
    history.replaceState(null, '', `#${hash}`);
    if (view) this.#view.use(view);
    else this.#view.useNone(loadLayout());
    $<HTMLInputElement>('find').value = view?.find ?? '';
    this.#search(view?.find ?? '');
  }

  /** An instrument was chosen elsewhere on the desktop: its rows, if there are any here. */
  #asked(names: string[]): void {
    this.#askedFor = this.#source?.status.state === 'live' ? [] : names;
    if (this.#askedFor.length > 0) return;
    const name = names.find((each) => this.#view.knows(each));
    if (name === undefined) return this.#history.add(`the desktop asks for ${names[0]}: no such row`);
    this.#history.add(`the desktop asks for ${name}`);
    $<HTMLInputElement>('find').value = name;
    this.#search(name);
  }

  #remember(client: string): void {
    const {recent} = this.#preferences;
    this.#preferences.recent = [client, ...recent.filter((other) => other !== client)].slice(0, 6);
    savePreferences(this.#preferences);
  }

  #status({state, reason, text}: SourceStatus, isReady: boolean): void {
    if (isReady && isWhole(state)) this.#view.settle();
    if (state === 'live' && this.#askedFor.length > 0) this.#asked(this.#askedFor);
    const what: Record<string, string> = {
      connecting: 'connecting', loading: `loading${reason ? ` (${reason})` : ''}`, live: 'live',
      stale: `stale: ${text || reason}`, waiting: `lost: ${text || reason}`, closed: `ended: ${text || reason}`,
    };
    if (what[state]) this.#history.add(what[state], ['stale', 'waiting', 'closed'].includes(state));
    this.#tick();
  }

  #tick(): void {
    if (document.hidden) return;
    const source = this.#source;
    const rows = source?.size ?? 0;
    // A table that was live and moves without a gap gets what changed within a moment: no blinking.
    const moves = this.#kind === 'live' && source?.status.state === 'loading' && source.status.reason === 'resumed' &&
      Date.now() - source.status.since < blink;
    if (!moves) this.#badge(source ? freshness({
      state: source.status, behind: source.behind(), beatMs: source.beatMs, rows, now: Date.now(),
    }) : {kind: 'connecting', label: 'Connecting', detail: '', dim: false});
    this.#counts();
    this.#empty(source, rows);
    if (source) this.#foot.draw(source, this.#newest);
    say('columns-label', this.#columns.label);
    if (this.#paused) this.#showPaused();
  }

  #badge({kind, label, detail, dim}: Freshness): void {
    const still = this.#paused > 0 && kind === 'live';
    $('badge').dataset.kind = still ? 'paused' : kind;
    say('badge-label', still ? 'Paused' : label);
    const text = still ? `since ${clock(this.#paused)}, ${many(this.#view.pending, 'row')} changed` : detail;
    say('detail', text);
    $('detail').title = text;
    document.body.classList.toggle('dim', dim);
    const mark = {live: '', loading: '… ', connecting: '… '}[kind as string] ?? '⚠ ';
    document.title = `${mark}${this.#client ? `${this.#client} – ` : ''}${this.#settings.title ?? 'Blotter'}`;
    if (kind === this.#kind) return;
    // Said once for each change of state, not each second and not for each cell.
    if (this.#kind !== '' || kind !== 'connecting') say('announce', `${label.replace(/ \d+ s$/, '')}${detail && kind === 'stale' ? `, ${detail}` : ''}`);
    this.#kind = kind;
  }

  #counts(): void {
    const all = this.#source?.size ?? 0;
    const filtered = this.#view.isFiltered;
    say('count', filtered ? `${this.#view.shownRows.toLocaleString()} of ${all.toLocaleString()}` : all.toLocaleString());
    say('count-unit', all === 1 ? 'row' : 'rows');
    $('unfilter').hidden = !filtered;
  }

  #empty(source: Source | null, rows: number): void {
    const text = !source ? (this.#client ? '' : 'Waiting for the first rows of any client …')
      : rows > 0 ? (this.#view.isFiltered && this.#view.shownRows === 0 ? 'No row passes the filters.' : '')
      : source.status.state === 'live' ? `No rows for ${this.#client} now. They appear here as soon as there are any.`
      : source.status.state === 'loading' ? 'Loading …' : '';
    $('empty').hidden = text === '';
    say('empty', text);
  }

  #held(rows: number): void {
    $('held').hidden = rows === 0;
    if (rows > 0) say('held', `order held, ${many(rows, 'row')} would move`);
  }

  #pause(): void {
    this.#paused = this.#paused ? 0 : Date.now();
    this.#view.hold(this.#paused > 0);
    this.#history.add(this.#paused ? 'paused by you' : 'caught up');
    this.#showPaused();
    this.#tick();
  }

  #showPaused(): void {
    $('pause').setAttribute('aria-pressed', String(this.#paused > 0));
    say('pause-label', this.#paused ? 'Catch up' : 'Pause');
    if (!this.#paused) this.#view.hold(false);
  }

  #search(text: string): void {
    this.#view.search(text);
    const hash = this.#hash();
    if (text.trim()) hash.set('find', text.trim());
    else hash.delete('find');
    history.replaceState(null, '', `#${hash}`);
    this.#counts();
  }

  #unfilter(): void {
    $<HTMLInputElement>('find').value = '';
    this.#view.clearFilters();
    this.#search('');
  }

  #key(e: KeyboardEvent): void {
    const target = e.target as HTMLElement;
    if (e.key === 'Escape' && target.id === 'find') {
      $<HTMLInputElement>('find').value = '';
      this.#search('');
      this.#view.focus();
      return;
    }
    if (e.key === 'Enter' && target.id === 'find') return this.#view.focus();
    if (e.ctrlKey || e.metaKey || e.altKey || target instanceof HTMLInputElement) return;
    const act = {
      '/': () => $('find').focus(), c: () => $('client').focus(), p: () => this.#pause(),
      m: () => this.#view.release(), g: () => this.#view.focus(),
    }[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  }

  #copy(e: ClipboardEvent): void {
    const target = e.target as Element;
    if (!$('grid').contains(target) || target instanceof HTMLInputElement || !getSelection()?.isCollapsed) return;
    const rows = this.#view.selected();
    const cell = this.#view.focused();
    const text = rows.length > 0 ? tsvOf(this.#view.shownColumns(), rows) : cell ? String(cell.column.of(cell.line) ?? '') : '';
    if (!text) return;
    e.preventDefault();
    e.clipboardData?.setData('text/plain', text);
    this.#toast(rows.length > 0 ? `copied ${many(rows.length, 'row')}` : 'copied the cell');
  }

  async #copyRows(): Promise<void> {
    const selected = this.#view.selected();
    const rows = selected.length > 0 ? selected : this.#view.shownLines();
    const done = await copy(tsvOf(this.#view.shownColumns(), rows));
    this.#toast(done ? `copied ${many(rows.length, 'row')}` : 'the browser did not let us copy');
  }

  #saveCsv(): void {
    const rows = this.#view.shownLines();
    const now = new Date();
    const state = $('badge-label').textContent;
    const which = this.#view.isFiltered ? `${rows.length} of ${this.#source?.size ?? 0} rows, filtered` : many(rows.length, 'row');
    const about = `${this.#client}, as of ${now.toISOString()}, ${state}, ${which}`;
    const name = `${this.#client}-${now.toISOString().slice(0, 19)}`.replace(/[^\p{L}\p{N}._-]+/gu, '-');
    save(`${name}.csv`, csvOf(this.#view.shownColumns(), rows, about));
  }

  #toast(text: string): void {
    clearTimeout(this.#toastTimer);
    $('toast').hidden = false;
    say('toast', text);
    this.#toastTimer = setTimeout(() => { $('toast').hidden = true; }, 2500);
  }

  #options(form: HTMLElement): void {
    const all = this.#preferences;
    for (const input of form.querySelectorAll<HTMLInputElement>('input')) {
      input.checked = all[input.name as 'theme'] === input.value;
    }
    form.addEventListener('change', ({target}) => {
      const {name, value} = target as HTMLInputElement;
      Object.assign(all, {[name]: value});
      savePreferences(all);
      this.#look();
      if (name === 'density') this.#view.setDensity(all.density);
    });
  }

  #look(): void {
    const {theme, colours, flash, density} = this.#preferences;
    Object.assign(document.documentElement.dataset, {theme, colours, motion: flash, density});
  }

  /** For tests and the curious. */
  get stream(): Source['stream'] | undefined { return this.#source?.stream; }
  get view(): View { return this.#view; }
}

const page = new Page();
Object.assign(globalThis, {blotter: page});
page.start();
