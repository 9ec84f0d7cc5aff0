// When the page asks a system, and with which token: by a clock that the test moves.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { load } from './model.mjs';

const PASSED = { label: '200 OK', tone: 'passed' };
const DEAD = { label: '401 LOGGED_OUT', tone: 'refused' };
const AWAY = { label: '503 UNAVAILABLE', tone: 'away' };

let Probe;
before(async () => { ({ Probe } = await load('probe')); });

/** Moves by what the test lets pass; what is due is done in its order. */
class FakeClock {
  #now = 0;
  #due = [];

  now = () => this.#now;

  after = (milliseconds, action) => {
    const timer = { at: this.#now + milliseconds, action };
    this.#due.push(timer);
    return () => { this.#due = this.#due.filter(other => other !== timer); };
  };

  async pass(milliseconds) {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#due.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (!next) break;
      this.#due = this.#due.filter(other => other !== next);
      this.#now = next.at;
      next.action();
      await new Promise(setImmediate);
    }
    this.#now = end;
  }
}

/** A system that says what it is told to, somebody who is signed in there with `token`, and what was asked. */
function stage() {
  const clock = new FakeClock();
  const listeners = new Set();
  const state = { status: 'in' };
  const scene = { clock, asked: [], answer: PASSED, token: 'first' };
  const client = {
    state,
    subscribe: listener => { listeners.add(listener); return () => listeners.delete(listener); },
    authorize: send => send(scene.token),
  };
  scene.become = status => {
    state.status = status;
    for (const listener of listeners) listener(state);
  };
  const ask = async token => {
    scene.asked.push(token);
    return { ...scene.answer, askedAt: clock.now(), at: clock.now(), errors: [] };
  };
  scene.probe = new Probe({ client, ask, clock, onAnswer: () => {} });
  return scene;
}

test('whoever is signed in is asked for as fast as answers come after a click, and once a second otherwise', async () => {
  const { clock, asked, probe } = stage();
  probe.hurry();
  await clock.pass(1000);
  assert.ok(asked.length >= 95 && asked.length <= 101, `${asked.length}`);
  assert.equal(probe.asked.now.pace, 'fast');
  await clock.pass(4000);
  asked.length = 0;
  await clock.pass(10_000);
  assert.deepEqual([asked.length, probe.asked.now.pace, probe.asked.now.recent.length], [10, 'steady', 60]);
});

test('after a logout a copy of the last token is shown, until it is refused for good; then nothing is asked', async () => {
  const scene = stage();
  const { clock, asked, probe } = scene;
  probe.hurry();
  await clock.pass(100);
  scene.token = 'renewed';
  await clock.pass(100);
  scene.become('out');
  asked.length = 0;
  await clock.pass(50);
  assert.ok(asked.length > 0 && asked.every(token => token === 'renewed'), 'the copy is not shown');
  scene.answer = AWAY;
  await clock.pass(10_000);
  assert.equal(probe.asked.now.last.label, AWAY.label);
  scene.answer = DEAD;
  await clock.pass(1000);
  asked.length = 0;
  await clock.pass(60_000);
  assert.deepEqual([asked, probe.asked.now.last.label, probe.asked.now.pace], [[], DEAD.label, 'stopped']);
});

test('what is no 200 is asked for four times a second at most: browsers write each such answer to their console', async () => {
  const scene = stage();
  scene.answer = AWAY;
  scene.probe.hurry();
  await scene.clock.pass(2000);
  assert.ok(scene.asked.length <= 9, `${scene.asked.length}`);
});

test('a new sign-in is asked for with its own token; who closes the probe ends it', async () => {
  const scene = stage();
  const { clock, asked, probe } = scene;
  probe.hurry();
  await clock.pass(100);
  scene.become('out');
  scene.answer = DEAD;
  await clock.pass(1000);
  scene.token = 'second';
  scene.answer = PASSED;
  asked.length = 0;
  scene.become('in');
  await clock.pass(100);
  assert.ok(asked.length > 0 && asked.every(token => token === 'second'));
  probe.close();
  asked.length = 0;
  await clock.pass(5000);
  assert.deepEqual(asked, []);
});
