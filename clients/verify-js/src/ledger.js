// What was heard of the ledger of revocations, and the rule.
import { LONGEST_LEEWAY_SECONDS } from './settings.js';
import { CLOCK_TOLERANCE_SECONDS } from './token.js';

/** @typedef {import('../index.js').Claims} Claims */
/** @typedef {import('./settings.js').Settings} Settings */
/** @typedef {{ position: number, reason: string, expiresAt: number }} Entry */
/** @typedef {{ names: string[], isDead: boolean, isCutOff: boolean, entries: Map<string, Entry> }} Shape */
/** @typedef {{ position: number, effect: string, cut_off: boolean, subject: Record<string, string>, reason: string, expires_at: number }} Row */
/** @typedef {{ position: number, exp: number }} Swept */
/** @typedef {{ ledger: string, position: number, more: boolean, time: number, swept?: Swept | null, revocations: Row[] }} Word */

/** Some 200 MB. Beyond, the feed counts as not heard. */
const MAXIMUM_ENTRIES = 1_000_000;
/** Claims that rows name tokens by come in few sets: the server knows six. */
const MAXIMUM_SHAPES = 32;
/** Who waits to hear of a position; more go on at once. */
const MAXIMUM_WAITING = 10_000;

/** Word from the feed that can't be taken. */
export class BadWord extends Error {
  /** @param {string} message */
  constructor(message) {
    super(`the feed said what can't be understood: ${message}`);
    this.name = 'BadWord';
  }
}

export class Ledger {
  /** @type {string | null} */
  id = null;
  position = -1;
  /** How many rows are known. */
  size = 0;
  /** @type {Map<string, Shape>} */
  #shapes = new Map();
  /** What may be forgotten, by the second in which it may. @type {Map<number, [Shape, string][]>} */
  #due = new Map();
  #forgotten = -Infinity;
  /** What was dropped, here or at the server: tokens with a smaller `rev` and no later `exp`. @type {Swept} */
  #swept = { position: 0, exp: 0 };
  /** When the newest whole word came, and the database's time in it. @type {{ at: number, time: number } | null} */
  #heard = null;
  /** @type {Set<{ position: number, resolve: () => void }>} */
  #waiting = new Set();
  #settings;

  /** @param {Settings} settings */
  constructor(settings) {
    this.#settings = settings;
  }

  /**
   * Takes what the feed said, all or nothing.
   * @param {any} word
   * @throws {BadWord}
   */
  take(word) {
    check(word);
    if (this.id !== null && word.ledger !== this.id) throw new BadWord('it is of another ledger');
    if (word.position < this.position) throw new BadWord('its position goes back');
    // Both clocks have to say so: one that was ahead for a while would bring somebody back.
    this.#forget(Math.floor(Math.min(word.time, this.#settings.clock.now() / 1000)) - LONGEST_LEEWAY_SECONDS);
    if (this.size + word.revocations.length > MAXIMUM_ENTRIES) throw new BadWord('there are too many revocations');
    for (const row of word.revocations) this.#add(row);
    this.#note(word.swept);
    this.id = word.ledger;
    this.position = word.position;
    // As long as there is more, we have not heard all that is known there.
    if (!word.more) this.#heard = { at: this.#settings.clock.elapsed(), time: word.time * 1000 };
    for (const waiter of this.#waiting) {
      if (waiter.position <= this.position) waiter.resolve();
    }
  }

  /** The position is of another ledger, or of none. What is revoked stays so. */
  startOver() {
    this.id = null;
    this.position = -1;
    this.#heard = null;
  }

  /**
   * Whether what we heard is new enough to let a token pass. The steady clock tells how long ago it came,
   * the other how long it was under way, and whether this machine slept.
   */
  get isFresh() {
    if (!this.#heard) return false;
    const { clock, freshness } = this.#settings;
    const underWay = clock.now() - this.#heard.time;
    return clock.elapsed() - this.#heard.at <= freshness
      && underWay <= freshness && underWay >= -CLOCK_TOLERANCE_SECONDS * 1000;
  }

  /**
   * The rule: a token is dead if a row concerns it that is absolute, or a cut-off later than the token's `rev`. Dead beats
   * stale; of several reasons the oldest is told. One that nothing concerns has expired if what did may have been dropped, whatever
   * a clock says that was set back; else it is null.
   * @param {string} kid
   * @param {Claims} claims
   */
  judge(kid, claims) {
    /** @type {Entry | null} */
    let dead = null;
    let isStale = false;
    for (const { names, isDead, isCutOff, entries } of this.#shapes.values()) {
      if (entries.size === 0) continue;
      const entry = entries.get(nameOf(names, kid, claims));
      if (!entry || (isCutOff && entry.position <= claims.rev)) continue;
      if (!isDead) isStale = true;
      else if (!dead || entry.position < dead.position) dead = entry;
    }
    if (dead) return dead.reason;
    if (isStale) return 'TOKEN_STALE';
    return claims.rev < this.#swept.position && claims.exp <= this.#swept.exp ? 'EXPIRED' : null;
  }

  /**
   * Whether whatever this key signed is dead.
   * @param {string} kid
   */
  isKeyRevoked(kid) {
    return this.#shapeOf(['kid'], true, false).entries.has(kid);
  }

  /**
   * Settles when the feed has come to a position, or after a while.
   * @param {number} position
   * @param {number} limit milliseconds
   * @returns {Promise<void>}
   */
  hears(position, limit) {
    if (this.position >= position || this.#waiting.size >= MAXIMUM_WAITING) return Promise.resolve();
    return new Promise(resolve => {
      const waiter = {
        position,
        resolve: () => {
          clearTimeout(timer);
          this.#waiting.delete(waiter);
          resolve();
        },
      };
      const timer = setTimeout(waiter.resolve, limit);
      this.#waiting.add(waiter);
    });
  }

  /** @param {Row} row */
  #add({ position, effect, cut_off, subject, reason, expires_at }) {
    const shape = this.#shapeOf(Object.keys(subject).sort(), effect === 'dead', cut_off);
    const key = shape.names.map(name => subject[name]).join(SEPARATOR);
    const known = shape.entries.get(key);
    // The greater position and the later expiry win.
    const newest = known && known.position > position ? known : { position, reason };
    const expiresAt = Math.max(known?.expiresAt ?? -Infinity, expires_at);
    shape.entries.set(key, { position: newest.position, reason: newest.reason, expiresAt });
    if (!known) this.size += 1;
    if (expiresAt === known?.expiresAt) return;
    const due = this.#due.get(expiresAt);
    if (due) due.push([shape, key]);
    else this.#due.set(expiresAt, [[shape, key]]);
  }

  /**
   * Only rises. An older server does not say.
   * @param {Swept | null | undefined} swept
   */
  #note(swept) {
    if (!swept) return;
    const { position, exp } = this.#swept;
    this.#swept = { position: Math.max(position, swept.position), exp: Math.max(exp, swept.exp) };
  }

  /**
   * @param {string[]} names
   * @param {boolean} isDead
   * @param {boolean} isCutOff
   */
  #shapeOf(names, isDead, isCutOff) {
    const id = [isDead, isCutOff, ...names].join(SEPARATOR);
    let shape = this.#shapes.get(id);
    if (!shape) {
      if (this.#shapes.size >= MAXIMUM_SHAPES) throw new BadWord('its subjects are of too many kinds');
      shape = { names, isDead, isCutOff, entries: new Map() };
      this.#shapes.set(id, shape);
    }
    return shape;
  }

  /**
   * What is over by then, and noted: should both clocks have been ahead, whom it concerned has expired nevertheless.
   * @param {number} now seconds
   */
  #forget(now) {
    if (now <= this.#forgotten) return;
    this.#forgotten = now;
    for (const [second, due] of this.#due) {
      if (second > now) continue;
      this.#due.delete(second);
      for (const [shape, key] of due) {
        // It may have come again meanwhile, with a later end: then it is due under that one, too.
        const entry = shape.entries.get(key);
        if (entry?.expiresAt !== second) continue;
        this.#note({ position: entry.position, exp: second });
        shape.entries.delete(key);
        this.size -= 1;
      }
    }
  }
}

/** In no claim of ours. */
const SEPARATOR = '\n';

/**
 * @param {string[]} names
 * @param {string} kid
 * @param {Claims} claims
 */
function nameOf(names, kid, claims) {
  let text = '';
  for (const name of names) {
    const value = name === 'kid' ? kid : claims[/** @type {keyof Claims} */ (name)];
    text += text === '' ? value : SEPARATOR + value;
  }
  return text;
}

/**
 * @param {any} word
 * @returns {asserts word is Word}
 */
function check(word) {
  if (typeof word !== 'object' || word === null) throw new BadWord('it is no object');
  const { ledger, position, more, time, swept, revocations } = word;
  const isWhole = typeof ledger === 'string' && ledger !== '' && ledger.length <= 100 && isCount(position)
    && typeof more === 'boolean' && Number.isFinite(time) && (swept === undefined || swept === null || isSwept(swept)) && Array.isArray(revocations);
  if (!isWhole) throw new BadWord('something is missing');
  for (const row of revocations) {
    if (!isRow(row)) throw new BadWord('a revocation is incomplete');
    if (row.position > position) throw new BadWord('a revocation is from beyond its position');
  }
}

/** @param {any} swept */
const isSwept = swept => typeof swept === 'object' && isCount(swept.position) && isCount(swept.exp);

/** What we can't read might kill a token: then nothing was heard. @param {any} row */
function isRow(row) {
  if (typeof row !== 'object' || row === null) return false;
  const { position, effect, cut_off, subject, reason, expires_at } = row;
  return isCount(position) && (effect === 'dead' || effect === 'stale') && typeof cut_off === 'boolean'
    && typeof reason === 'string' && /^[A-Z_]{1,64}$/.test(reason) && isCount(expires_at) && isSubject(subject);
}

/** @param {any} subject */
function isSubject(subject) {
  if (typeof subject !== 'object' || subject === null) return false;
  const members = Object.entries(subject);
  return members.length > 0 && members.length <= 8
    && members.every(([name, value]) => CLAIM.test(name) && typeof value === 'string' && value !== '' && value.length <= 512);
}

const CLAIM = /^(jti|sid|kid|sub|client_id)$/;

/** @type {(value: unknown) => boolean} */
const isCount = value => Number.isSafeInteger(value) && Number(value) >= 0;
