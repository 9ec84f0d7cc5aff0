// What the time line says of what happened: by a clock that the test moves.
import assert from 'node:assert/strict';
import { before, beforeEach, mock, test } from 'node:test';
import { load } from './model.mjs';

const PASSED = { label: '200 OK', tone: 'passed' };
const OUT = { label: '401 LOGGED_OUT', tone: 'refused' };
const AWAY = { label: '503 UNAVAILABLE', tone: 'away' };
const SIGNED_OUT = { status: 'out', sessionId: null };
const signedIn = sessionId => ({ status: 'in', sessionId });

let Timeline;
let now;
before(async () => { ({ Timeline } = await load('timeline')); });
beforeEach(() => {
  now = 1000;
  mock.method(performance, 'now', () => now);
});

/** A time line, and how to answer to its page. */
function stage() {
  const timeline = new Timeline(clientId => clientId.toUpperCase());
  const last = new Map();
  return {
    timeline,
    /** A system answers now what it was asked a moment ago. */
    answers(clientId, verdict, { isSignedIn = true, askedAt = now - 1 } = {}) {
      timeline.hearAnswer(clientId, { ...verdict, askedAt, at: now }, last.get(clientId) ?? null, isSignedIn);
      last.set(clientId, verdict);
    },
    /** What is told of the happenings, newest first. */
    told: () => timeline.happenings.now.map(({ title, marks }) => [title, ...marks.map(({ clientId, label, after }) => `${clientId} ${label} ${after}`)]),
  };
}

test('what answers otherwise after a click is marked, with the time since the click, once', () => {
  const { timeline, answers, told } = stage();
  answers('shop', PASSED);
  answers('billing', PASSED);
  timeline.begin({ title: 'Logged out', sense: 'ends', touches: ['shop', 'billing'] });
  now += 7;
  answers('shop', OUT);
  now += 5;
  answers('billing', OUT);
  answers('shop', OUT);
  assert.deepEqual(told(), [['Logged out', 'shop 401 LOGGED_OUT 7', 'billing 401 LOGGED_OUT 12']]);
});

test('the first answers after the page was opened tell of nothing', () => {
  const { answers, told } = stage();
  answers('shop', OUT);
  answers('billing', AWAY);
  assert.deepEqual(told(), []);
});

test('a refusal that comes late, since the feed was cut, is the doing of the logout all the same', () => {
  const { timeline, answers, told } = stage();
  answers('shop', PASSED);
  timeline.begin({ title: 'Logged out', sense: 'ends', touches: ['shop'] });
  now += 60_000;
  answers('shop', OUT, { isSignedIn: false });
  assert.deepEqual(told(), [['Logged out', 'shop 401 LOGGED_OUT 60000']]);
});

test('a system that was let in and then is away is not so because of the sign-in', () => {
  const { timeline, answers, told } = stage();
  answers('shop', OUT);
  timeline.begin({ title: 'Signed in', sense: 'begins', touches: ['shop'] });
  now += 20;
  answers('shop', PASSED);
  now += 20;
  answers('shop', AWAY);
  assert.deepEqual(told(), [['Heard from elsewhere: SHOP 503 UNAVAILABLE', 'shop 503 UNAVAILABLE 0'], ['Signed in', 'shop 200 OK 20']]);
});

test('what nobody did here was done elsewhere: what is heard within three seconds is one happening', () => {
  const { answers, told } = stage();
  answers('shop', PASSED);
  answers('billing', PASSED);
  answers('support', PASSED);
  now += 50;
  answers('shop', OUT);
  now += 2000;
  answers('billing', OUT);
  now += 2000;
  answers('support', OUT);
  assert.deepEqual(told(), [
    ['Heard from elsewhere: signed out of SUPPORT', 'support 401 LOGGED_OUT 0'],
    ['Heard from elsewhere: signed out of SHOP, BILLING', 'shop 401 LOGGED_OUT 0', 'billing 401 LOGGED_OUT 2000'],
  ]);
});

test('a client that is signed out is told of as heard from elsewhere, unless somebody did it here', () => {
  const { timeline, told } = stage();
  assert.equal(timeline.hearState('shop', signedIn('a'), { status: 'unknown' }), false, 'the page was opened');
  assert.equal(timeline.hearState('shop', SIGNED_OUT, signedIn('a')), true);
  timeline.begin({ title: 'Signed in', sense: 'begins', touches: ['billing'] });
  assert.equal(timeline.hearState('billing', signedIn('b'), SIGNED_OUT), false);
  assert.equal(timeline.hearState('billing', signedIn('b'), signedIn('b')), false, 'a new token of the same session');
  assert.equal(timeline.hearState('billing', signedIn('c'), signedIn('b')), false, 'within what the click opened');
  now += 20_001;
  assert.equal(timeline.hearState('billing', signedIn('d'), signedIn('c')), true);
  assert.deepEqual(told().map(([title]) => title), ['Heard from elsewhere: signed in at BILLING', 'Signed in', 'Heard from elsewhere: signed out of SHOP']);
});

test('a system is said to be left alone only by an answer to a question that was put after Cardea\'s word', () => {
  const { timeline, answers } = stage();
  const left = () => [...timeline.happenings.now[0].unmoved];
  const id = timeline.begin({ title: 'Logged out of Shop', sense: 'ends', touches: ['shop'] });
  now += 10;
  answers('billing', PASSED);
  assert.deepEqual(left(), [], 'Cardea has not answered yet');
  timeline.markCardea(id, 'confirmed', 'passed');
  now += 1;
  answers('billing', PASSED, { askedAt: now - 5 });
  assert.deepEqual(left(), [], 'asked before');
  now += 10;
  answers('billing', PASSED);
  answers('shop', PASSED);
  assert.deepEqual(left(), ['billing'], 'what was logged out of is not left alone');
});

test('what failed awaits nobody, and says why', () => {
  const { timeline } = stage();
  const id = timeline.begin({ title: 'Logged out', sense: 'ends', touches: ['shop', 'billing'], awaits: ['shop'] });
  assert.deepEqual([...timeline.happenings.now[0].awaits], ['shop']);
  timeline.fail(id, 'the server is away');
  const [{ awaits, isFailed, trouble }] = timeline.happenings.now;
  assert.deepEqual([awaits.size, isFailed, trouble], [0, true, 'the server is away']);
});

test('no more than twenty happenings are kept, however long the page is open', () => {
  const { timeline } = stage();
  for (let count = 0; count < 50; count += 1) timeline.begin({ title: `${count}`, sense: 'other', touches: [] });
  const { now: kept } = timeline.happenings;
  assert.deepEqual([kept.length, kept[0].title, kept.at(-1).title], [20, '49', '30']);
});
