// The table: keyed rows, only those in view in the DOM, only changed cells touched.

import {Columns, compareRanks} from './columns.js';

export const rowHeight = 24;  // px, as in page.css
const overscan = 8;  // rows rendered beyond the view, each side
const flushMin = 100;  // ms between two updates of the DOM: more is not seen, only paid for
const orderMin = 1000;  // ms between two sorts caused by changing values
const flashFor = 450;  // ms a changed cell stays lit after its last change
const turnMin = 400;  // ms before a lit cell may change its direction: no strobing
const traceFor = 1400;  // ms that new and leaving rows are marked
const pointedFor = 3000;  // ms after the pointer moved in which rows do not jump under it

/** A row as it is shown; `element` is null while out of view. */
class Line {
  element = null;
  rank = undefined;
  newUntil = 0;
  goneAt = 0;
  flashes = null;  // Map column -> {direction, at, until}

  constructor(entry) {
    this.entry = entry;
    this.seen = entry.row;  // what the cells last told the eye
  }
}

export class Grid {
  #root;
  #body;
  #head;
  #columns = new Columns('');
  #visible = [];  // columns
  #everything = false;
  #sort = {column: null, descending: false};
  #lines = new Map();  // key -> Line
  #order = [];  // lines as they are shown
  #dirty = new Set();
  #lit = new Set();  // lines with flashes
  #leaving = new Set();
  #pool = [];
  #rendered = new Set();
  #needLayout = true;
  #needOrder = true;  // rows came or left
  #wantOrder = false;  // values by which is sorted have changed
  #ordered = 0;  // when
  #flushed = 0;
  #scheduled = false;
  #pointed = -Infinity;
  #timer = null;

  /** `onHeld(bool)`: whether rows wait for the pointer to rest before they move. */
  constructor(root, {onHeld = () => {}} = {}) {
    this.#root = root;
    this.onHeld = onHeld;
    root.setAttribute('role', 'table');
    this.#head = root.appendChild(element('div', 'head', 'row'));
    this.#body = root.appendChild(element('div', 'body', 'rowgroup'));
    root.addEventListener('scroll', () => this.#schedule(), {passive: true});
    this.#body.addEventListener('pointermove', () => { this.#pointed = performance.now(); }, {passive: true});
    this.#body.addEventListener('pointerleave', () => { this.#pointed = -Infinity; this.#schedule(); });
    new ResizeObserver(() => this.#schedule()).observe(root);
    document.addEventListener('visibilitychange', () => this.#schedule());
  }

  /** Forgets everything; the next rows are those of `client`. */
  clear(client) {
    this.#columns = new Columns(client);
    this.#sort = {column: this.#columns.all[0], descending: false};
    for (const line of this.#lines.values()) this.#release(line);
    this.#lines.clear();
    this.#order = [];
    for (const set of [this.#dirty, this.#lit, this.#leaving]) set.clear();
    this.#needLayout = this.#needOrder = true;
    this.#root.scrollTop = 0;
    this.#schedule();
  }

  /** Redundant columns too, or not. */
  showEverything(yes) {
    this.#everything = yes;
    this.#needLayout = true;
    this.#schedule();
  }

  /** Rows of one step of the stream. Costs no DOM work: that follows in batches, and none in a hidden tab. */
  apply({changed, removed, snapshot}) {
    const quiet = snapshot || document.hidden;
    const now = performance.now();
    for (const [entry] of changed) this.#put(entry, quiet, now);
    for (const {key} of removed) this.#remove(key, quiet, now);
    this.#schedule();
  }

  #put(entry, quiet, now) {
    let line = this.#lines.get(entry.key);
    if (!line) {
      line = new Line(entry);
      this.#lines.set(entry.key, line);
      this.#needOrder = true;
      if (!quiet) line.newUntil = now + traceFor;
    } else if (line.goneAt) {
      line.goneAt = 0;
      this.#leaving.delete(line);
    }
    line.entry = entry;
    if (quiet) line.seen = entry.row;
    if (this.#columns.observe(entry)) this.#needLayout = true;
    this.#dirty.add(line);
  }

  #remove(key, quiet, now) {
    const line = this.#lines.get(key);
    if (!line) return;
    if (quiet) return this.#forget(line);
    line.goneAt = now;
    this.#leaving.add(line);
    this.#dirty.add(line);
  }

  #forget(line) {
    this.#lines.delete(line.entry.key);
    for (const set of [this.#dirty, this.#lit, this.#leaving]) set.delete(line);
    this.#release(line);
    line.goneAt = -1;  // so that ordering drops it
    this.#needOrder = true;
  }

  #schedule() {
    if (this.#scheduled || document.hidden) return;
    this.#scheduled = true;
    const wait = this.#flushed + flushMin - performance.now();
    const frame = () => requestAnimationFrame(() => { this.#scheduled = false; this.#flush(); });
    if (wait > 0) setTimeout(frame, wait);
    else frame();
  }

  #flush() {
    const now = performance.now();
    this.#flushed = now;
    this.#sweep(now);
    if (this.#needLayout) this.#layout();
    for (const line of this.#dirty) this.#compare(line, now);
    this.#reorder(now);
    this.#render();
    this.#dirty.clear();
    this.#calm();
    if (this.#lit.size || this.#leaving.size || this.#wantOrder || this.#anyNew(now)) this.#again();
  }

  /** When much of the view changes at once, colour and sign of the numbers tell enough: the washes go. */
  #calm() {
    const share = this.#lit.size / Math.max(this.#rendered.size, 12);
    const busy = this.#root.classList.contains('busy');
    if (busy ? share < 0.2 : share > 0.4) this.#root.classList.toggle('busy');
  }

  #again() {
    this.#timer ??= setTimeout(() => { this.#timer = null; this.#schedule(); }, 150);
  }

  #anyNew(now) {
    for (const line of this.#rendered) if (line.newUntil > now) return true;
    return false;
  }

  /** Puts out what has been lit long enough, and lets go of rows that have left. */
  #sweep(now) {
    for (const line of this.#lit) {
      for (const [column, flash] of line.flashes) {
        if (flash.until > now) continue;
        line.flashes.delete(column);
        this.#dirty.add(line);
      }
      if (line.flashes.size === 0) this.#lit.delete(line);
    }
    for (const line of this.#leaving) if (now - line.goneAt > traceFor) this.#forget(line);
    for (const line of this.#rendered) {
      if (line.newUntil && line.newUntil <= now) {
        line.newUntil = 0;
        this.#dirty.add(line);
      }
    }
  }

  /** Lights the cells that changed since the eye last saw them. */
  #compare(line, now) {
    const {row} = line.entry;
    const {seen} = line;
    line.seen = row;
    if (row !== seen && line.element) {
      for (const column of this.#visible) {
        if (column.name === null || same(row[column.name], seen[column.name])) continue;
        line.flashes ??= new Map();
        const direction = column.direction(row[column.name], seen[column.name]);
        const lit = line.flashes.get(column);
        if (lit && now - lit.at < turnMin) lit.until = now + flashFor;
        else line.flashes.set(column, {direction, at: now, until: now + flashFor});
        this.#lit.add(line);
      }
    }
    const rank = this.#sort.column?.rank(this.#sort.column.of(line.entry));
    if (rank !== line.rank) {
      line.rank = rank;
      this.#wantOrder = true;
    }
  }

  #reorder(now) {
    if (!this.#needOrder && !this.#wantOrder) return;
    const held = now - this.#pointed < pointedFor && this.#order.length > 0;
    this.onHeld(held && (this.#wantOrder || this.#needOrder));
    if (held) {
      if (this.#needOrder) this.#order = this.#order.filter((l) => l.goneAt >= 0).concat(this.#unplaced());
      this.#wantOrder = true;
      this.#needOrder = false;
      return;
    }
    if (!this.#needOrder && now - this.#ordered < orderMin) return;
    const {descending} = this.#sort;
    this.#order = [...this.#lines.values()].sort((a, b) =>
      compareRanks(a.rank, b.rank, descending) || compareRanks(a.entry.key, b.entry.key, false));
    this.#needOrder = this.#wantOrder = false;
    this.#ordered = now;
  }

  #unplaced() {
    const placed = new Set(this.#order);
    return [...this.#lines.values()].filter((l) => !placed.has(l));
  }

  /** Columns changed: new header, and every rendered row is built again. */
  #layout() {
    this.#needLayout = false;
    this.#visible = this.#columns.shown(this.#everything);
    for (const line of [...this.#rendered]) this.#release(line);
    this.#pool = [];
    this.#head.replaceChildren(...this.#visible.map((c, i) => this.#headCell(c, i)));
    this.#root.setAttribute('aria-colcount', String(this.#visible.length));
    this.#resize();
    for (const line of this.#lines.values()) line.rank = this.#sort.column.rank(this.#sort.column.of(line.entry));
    this.#wantOrder = true;
  }

  #resize() {
    // Letters are wider than the digits that `ch` measures.
    const wide = (c) => (c.kind === 'number' || c.kind === 'time' ? c.chars : Math.ceil(c.chars * 1.25));
    const chars = this.#visible.map((c) => Math.min(Math.max(wide(c), 5), 40));
    // Numbers get more of the room, times keep together; no column so wide that the eye loses the line.
    const most = (n, column) => Math.round(n * (column.kind === 'time' ? 1.5 : 2.2));
    const tracks = chars.map((n, i) => `minmax(calc(${n}ch + 26px), calc(${most(n, this.#visible[i])}ch + 40px))`);
    const narrowest = `calc(${chars.reduce((a, n) => a + n, 0)}ch + ${chars.length * 26}px)`;
    this.#root.style.setProperty('--tracks', tracks.join(' '));
    this.#root.style.setProperty('--narrowest', narrowest);
  }

  #headCell(column, index) {
    const cell = element('div', cellClass(column), 'columnheader');
    cell.setAttribute('aria-colindex', String(index + 1));
    const button = cell.appendChild(element('button'));
    button.type = 'button';
    button.textContent = column.title;
    button.title = column.name === null ? 'row key' : column.name;
    button.addEventListener('click', () => this.#sortBy(column));
    this.#markSorted(cell, column);
    return cell;
  }

  #markSorted(cell, column) {
    if (this.#sort.column !== column) cell.removeAttribute('aria-sort');
    else cell.setAttribute('aria-sort', this.#sort.descending ? 'descending' : 'ascending');
  }

  #sortBy(column) {
    const again = this.#sort.column === column;
    this.#sort = {column, descending: again ? !this.#sort.descending : column.kind === 'number'};
    for (const line of this.#lines.values()) line.rank = column.rank(column.of(line.entry));
    [...this.#head.children].forEach((cell, i) => this.#markSorted(cell, this.#visible[i]));
    this.#needOrder = true;
    this.#pointed = -Infinity;
    this.#schedule();
  }

  #render() {
    this.#body.style.height = `${this.#order.length * rowHeight}px`;
    this.#root.setAttribute('aria-rowcount', String(this.#order.length + 1));
    const top = Math.max(0, this.#root.scrollTop);
    const first = Math.max(0, Math.floor(top / rowHeight) - overscan);
    const last = Math.min(this.#order.length, Math.ceil((top + this.#root.clientHeight) / rowHeight) + overscan);
    const inView = new Set(this.#order.slice(first, last));
    for (const line of [...this.#rendered]) if (!inView.has(line)) this.#release(line);
    const today = new Date();
    let wider = false;
    for (let i = first; i < last; i++) {
      const line = this.#order[i];
      const fresh = !line.element;
      if (fresh) this.#claim(line);
      if (line.index !== i) this.#place(line, i);
      if (fresh || this.#dirty.has(line)) wider = this.#fill(line, today) || wider;
    }
    if (wider) this.#resize();
  }

  #place(line, index) {
    line.index = index;
    line.element.style.transform = `translateY(${index * rowHeight}px)`;
    line.element.setAttribute('aria-rowindex', String(index + 2));
  }

  #claim(line) {
    line.element = this.#pool.pop() ?? this.#newRow();
    line.element.dataset.key = line.entry.key;
    line.index = -1;
    this.#rendered.add(line);
    this.#body.append(line.element);
  }

  #release(line) {
    if (!line.element) return;
    line.element.remove();
    this.#pool.push(line.element);
    this.#rendered.delete(line);
    line.element = null;
    line.flashes?.clear();  // a row that comes into view later has nothing new to tell
  }

  #newRow() {
    const row = element('div', 'row', 'row');
    for (const column of this.#visible) {
      const cell = row.appendChild(element('div', cellClass(column), 'cell'));
      cell.append(document.createTextNode(''));
    }
    return row;
  }

  /** Writes what differs into a row's cells. True when a column has to be wider. */
  #fill(line, today) {
    const state = line.goneAt ? 'gone' : line.newUntil ? 'new' : '';
    if ((line.element.dataset.state ?? '') !== state) line.element.dataset.state = state;
    let wider = false;
    this.#visible.forEach((column, i) => {
      const cell = line.element.children[i];
      const text = column.text(column.of(line.entry), today);
      if (cell.firstChild.data !== text) cell.firstChild.data = text;
      const flash = line.flashes?.get(column);
      const lit = !flash ? '' : flash.direction > 0 ? 'up' : flash.direction < 0 ? 'down' : 'changed';
      if ((cell.dataset.flash ?? '') !== lit) cell.dataset.flash = lit;
      if (text.length > column.chars) {
        column.chars = text.length;
        wider = true;
      }
    });
    return wider;
  }
}

const cellClass = (column) => `cell ${column.kind ?? 'text'}${column.name === null ? ' key' : ''}`;

const same = (a, b) =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));

function element(tag, className = '', role = '') {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (role) e.setAttribute('role', role);
  return e;
}
