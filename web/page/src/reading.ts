// Whether somebody is reading or pointing at a row just now: then rows keep their places.

const readFor = 3000;  // ms after the pointer moved or a key was hit

export class Reading {
  #at = -Infinity;

  /** `left` hears that the pointer has gone. */
  constructor(root: HTMLElement, left: () => void) {
    for (const name of ['pointermove', 'keydown', 'wheel'] as const) {
      root.addEventListener(name, (e) => this.#see(e), {passive: true, capture: true});
    }
    root.addEventListener('pointerleave', left);
  }

  isAt(now: number): boolean { return now - this.#at < readFor; }
  end(): void { this.#at = -Infinity; }

  #see(e: Event): void {
    if (e.type === 'pointermove' && !(e.target as Element).closest('.ag-row')) return;
    if (e instanceof KeyboardEvent && (e.ctrlKey || e.metaKey)) return;
    this.#at = performance.now();
  }
}
