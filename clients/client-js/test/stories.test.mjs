// Hundreds of stories of tabs that come and go, of people who sign in and out, of a server that is away now and then: made up by
// chance, and each the same again by its number.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, ME, fakeChannels } from './fakes.mjs';

const STORIES = 250;
const STEPS = 25;
/** Longer than any wait for the next attempt, and the life of many tokens. */
const IN_THE_END = 400_000;

/** Mulberry32: the same numbers from the same seed. */
function chanceOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Story {
  isAway = false;
  tabs = [];
  /** Sessions that somebody left: whose tab knew which that was, or, while it was unknown, by the cookie. */
  left = new Set();

  constructor(seed, locks) {
    this.chance = chanceOf(seed);
    this.browser = new Browser();
    this.browser.rotation = 0;
    this.clock = this.browser.clock;
    if (!locks) this.browser.locks = undefined;
    const hearing = this.oneOf([0, 0, 5, 200]);
    if (hearing) this.browser.BroadcastChannel = fakeChannels(action => this.clock.after(hearing, action));
    this.weather(this.oneOf([0, 20, 300]));
    this.open();
  }

  /** What is between a browser and its server: time, outages, and a cookie that is as old as the question. */
  weather(lag) {
    const { browser, clock } = this;
    const { server } = browser;
    const answer = server.answer.bind(server);
    const pass = () => lag && new Promise(resolve => clock.after(lag * (0.5 + this.chance()), resolve));
    server.answer = async init => {
      this.mayFail(1);
      const [shown, rotation] = [browser.cookie, browser.rotation];
      await pass();
      this.mayFail(0.5);
      const asIfSent = { cookie: shown, takesCookies: true };
      const next = init.body.includes('refreshSession') ? this.rotate(server.sessions.get(shown), rotation) : null;
      const answered = await answer(init, asIfSent);
      await pass();
      this.mayFail(1);
      if (next !== null) [browser.cookie, browser.rotation] = [shown, next];
      else if (asIfSent.cookie === null && shown !== null) browser.cookie = null; // by its name, whatever is in it
      else if (asIfSent.cookie !== shown && asIfSent.cookie !== null) [browser.cookie, browser.rotation] = [asIfSent.cookie, 0];
      return answered;
    };
  }

  /** As the server does it: the one before is forgiven, any older is a theft. Gives the new one's number. */
  rotate(session, shown) {
    if (!session || session.over) return null;
    session.rotation ??= 0;
    if (shown === session.rotation) session.rotation += 1;
    else if (shown !== session.rotation - 1) session.over = 'REFRESH_TOKEN_REUSED';
    return session.over ? null : session.rotation;
  }

  oneOf(choices) {
    return choices[Math.floor(this.chance() * choices.length)];
  }

  mayFail(probability) {
    if (this.isAway && this.chance() < probability) throw new TypeError('away');
  }

  open() {
    const tab = this.browser.tab();
    this.tabs.push(tab);
    void tab.client.start();
  }

  leave(client, how) {
    const { sessionId, status } = client.state;
    const sid = status === 'unknown' ? this.browser.cookie : sessionId;
    if (sid !== null) this.left.add(sid);
    void client[how]();
  }

  step() {
    const { client } = this.oneOf(this.tabs);
    const steps = {
      login: () => void client.login({ identifier: this.oneOf(['ada', 'bob']), password: 'right' }).catch(() => {}),
      logout: () => this.leave(client, 'logout'),
      logoutEverywhere: () => this.leave(client, 'logoutEverywhere'),
      open: () => this.tabs.length < 6 && this.open(),
      close: () => {
        if (this.tabs.length === 1) return;
        client.close();
        this.tabs = this.tabs.filter(tab => tab.client !== client);
      },
      ask: () => void client.request(ME).catch(() => {}),
      toggle: () => { this.isAway = !this.isAway; },
      sleep: () => this.clock.sleep(this.chance() * 100_000),
      nothing: () => {},
    };
    steps[this.oneOf(['login', 'login', 'login', 'logout', 'logout', 'logout', 'logoutEverywhere', ...Object.keys(steps)])]();
  }

  /** What is wrong once all is quiet, and the server is there. */
  async end() {
    this.isAway = false;
    await this.clock.pass(IN_THE_END);
    const states = this.tabs.map(({ client }) => client.state);
    const isOver = sid => this.browser.server.sessions.get(sid).over !== null;
    return {
      pending: states.some(({ logoutPending }) => logoutPending),
      unknown: states.some(({ status }) => status === 'unknown'),
      thefts: [...this.browser.server.sessions.values()].filter(({ over }) => over === 'REFRESH_TOKEN_REUSED').length,
      leftButAlive: [...this.left].filter(sid => !isOver(sid)),
      inButOver: states.filter(({ status, sessionId }) => status === 'in' && isOver(sessionId)).map(({ sessionId }) => sessionId),
      disagreeing: new Set(states.map(({ sessionId }) => sessionId)).size > 1,
    };
  }
}

const WELL = { pending: false, unknown: false, thefts: 0, leftButAlive: [], inButOver: [], disagreeing: false };

for (const locks of [true, false]) {
  test(`${STORIES} stories ${locks ? 'with' : 'without'} Web Locks end well: who left is out everywhere, nobody is a thief, and all tabs agree`, async t => {
    const { random } = Math;
    t.after(() => { Math.random = random; });
    for (let seed = 1; seed <= STORIES; seed += 1) {
      Math.random = chanceOf(-seed);
      const story = new Story(seed, locks);
      for (let step = 0; step < STEPS; step += 1) {
        story.step();
        await story.clock.pass(story.oneOf([0, 5, 200, 3000, 20_000]));
      }
      assert.deepEqual(await story.end(), WELL, `story ${seed}`);
    }
  });
}
