// Somebody without a mouse: what can't be reached by Tab isn't there.
import assert from 'node:assert/strict';

/** More than this page has places to go to, from one to the next. */
const MOST_STEPS = 80;

export class Keyboard {
  #page;

  constructor(page) {
    this.#page = page;
  }

  /** Goes to `place`, if one is given, and presses there. */
  async press(key, place) {
    if (place) await this.#reach(place);
    await this.#page.keyboard.press(key);
  }

  /** Types in place of what is in the field. */
  async type(field, text) {
    await this.#reach(field);
    await this.#page.keyboard.press('ControlOrMeta+A');
    await this.#page.keyboard.type(text);
  }

  async #reach(place) {
    await place.waitFor();
    for (let step = 0; step < MOST_STEPS; step += 1) {
      if (await place.evaluate(element => element === document.activeElement)) {
        assert.ok(await place.evaluate(element => element.matches(':focus-visible')), 'the focus is not to be seen');
        return;
      }
      await this.#page.keyboard.press('Tab');
    }
    assert.fail(`Tab does not lead to ${place}`);
  }
}
