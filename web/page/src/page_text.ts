// Words on the page, by the ids of index.html.

export const $ = <E extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as E;

/** Sets text only where it differs: most ticks change nothing. */
export function say(id: string, text: string): void {
  const e = $(id);
  if (e.textContent !== text) e.textContent = text;
}

export const many = (n: number, one: string, more = `${one}s`) => `${n.toLocaleString()} ${n === 1 ? one : more}`;
