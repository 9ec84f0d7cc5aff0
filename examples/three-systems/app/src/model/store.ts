/** One value that changes, and who wants to know: made for `useSyncExternalStore`. */
export class Store<T> {
  #now: T;
  readonly #listeners = new Set<() => void>();

  constructor(now: T) {
    this.#now = now;
  }

  get now(): T {
    return this.#now;
  }

  set(next: T): void {
    if (Object.is(next, this.#now)) return;
    this.#now = next;
    for (const listener of [...this.#listeners]) listener();
  }

  /** A property, so that it can be handed on without its store. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
}
