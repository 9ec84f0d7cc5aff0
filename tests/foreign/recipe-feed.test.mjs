// The Python recipe at a server that misbehaves: garbled words, clocks that jump, redirects, silence.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { AUDIENCE, CLIENT, Cardea, SECRET, now, row, until } from '../../clients/verify-js/test/server.mjs';
import { Recipe } from './recipe.mjs';

let cardea;
let recipe;
/** What the feed says, for as long as it is asked. */
let word;

beforeEach(async () => {
  cardea = await Cardea.start();
  word = {};
  cardea.instead.feed = (_, response) => setTimeout(() => response.end(text()), 20);
  recipe = new Recipe({ issuer: cardea.issuer, audience: AUDIENCE, client_id: CLIENT, secret: SECRET });
});
afterEach(async () => {
  await recipe.close();
  await cardea.stop();
});

const text = () => (typeof word === 'string' ? word : JSON.stringify(cardea.word({ revocations: cardea.rows, ...word })));
const verdictOf = async token => (await recipe.judge(token)).verdict;

async function untilHeard(holds = ({ position }) => position === cardea.position) {
  while (!holds(await recipe.heard())) await new Promise(resolve => setTimeout(resolve, 10));
}

/** It asked so often since: what was said before was taken, or not. */
async function untilAsked(times) {
  const asked = cardea.asked.feed.length;
  await until(() => cardea.asked.feed.length >= asked + times, 'nobody follows');
}

test('words that can not be understood are not believed, and nothing of them is kept', async () => {
  cardea.position = 5;
  const { sid } = cardea.claims();
  cardea.rows = [row(5, { sid })];
  await untilHeard();
  const token = await cardea.token({ sid });
  const good = cardea.word();
  const revoked = changes => JSON.stringify({ ...good, position: 6, revocations: [{ ...row(6, { sid: 'x' }), ...changes }] });
  const words = [
    '{"ledger":', 'null', '[]', JSON.stringify({ ...good, position: -1 }), JSON.stringify({ ...good, position: '7' }), JSON.stringify({ ...good, position: true }),
    JSON.stringify({ ...good, position: 2 ** 53 }), JSON.stringify({ ...good, position: 4 }), JSON.stringify({ ...good, more: 0 }), JSON.stringify({ ...good, more: true }),
    JSON.stringify({ ...good, time: 'now' }), ...['NaN', '1e400', 'Infinity', '-Infinity'].map(time => JSON.stringify(good).replace(/"time":[^,]*/, `"time":${time}`)),
    JSON.stringify({ ...good, ledger: '' }), JSON.stringify({ ...good, ledger: 'x'.repeat(101) }), JSON.stringify({ ...good, ledger: ['first'] }),
    JSON.stringify({ ...good, swept: 7 }), JSON.stringify({ ...good, swept: { position: 7 } }), JSON.stringify({ ...good, swept: { position: -7, exp: 7 } }),
    revoked({}).replace('"position":6', '"position":5'), revoked({ position: 7 }), revoked({ position: '6' }), revoked({ effect: 'maimed' }), revoked({ cut_off: 1 }), revoked({ reason: 'a"b' }),
    revoked({ expires_at: null }), revoked({ expires_at: 0.5 }), revoked({ subject: {} }), revoked({ subject: { sid: 5 } }), revoked({ subject: { mood: 'bad' } }), revoked({ subject: [] }),
    `{"x":"${'x'.repeat(5_000_000)}"}`,
  ];
  for (const wrong of words) {
    word = wrong;
    const what = wrong.slice(0, 300);
    await untilAsked(2);
    assert.equal((await recipe.heard()).rows, 1, what);
    assert.equal(await verdictOf(token), 'LOGGED_OUT', what);
  }
  word = {};
  cardea.position = 6;
  await untilHeard();
});

test('one clock that is ahead for a while, or both, bring nobody back', async () => {
  const { sid } = cardea.claims();
  cardea.position = 1;
  cardea.rows = [row(1, { sid })];
  const token = await cardea.token({ sid, rev: 0 });
  const back = async verdict => {
    await recipe.setAhead(0);
    word = {};
    await untilAsked(2);
    assert.equal(await verdictOf(token), verdict);
  };
  await untilHeard();
  cardea.rows = [];
  await recipe.setAhead(3600);
  await untilAsked(2);
  await back('LOGGED_OUT');
  word = { time: now() + 3600 };
  await untilAsked(2);
  await back('LOGGED_OUT');
  await recipe.setAhead(3600);
  word = { time: now() + 3600 };
  await untilHeard(({ rows }) => rows === 0);
  await back('EXPIRED');
  assert.equal(await verdictOf(await cardea.token()), 'valid');
});

test('a cut-off that comes later does not stand for an end that was there before', async () => {
  const claims = cardea.claims();
  cardea.position = 2;
  cardea.rows = [row(1, { sid: claims.sid }), row(2, { sid: claims.sid }, { cut_off: true, reason: 'SUSPENDED' })];
  await untilHeard();
  assert.equal(await verdictOf(await cardea.token({ ...claims, rev: 2 })), 'LOGGED_OUT');
});

test('nobody else is shown the secret', async t => {
  const shown = [];
  const elsewhere = createServer((request, response) => {
    shown.push(request.headers.authorization);
    response.end(JSON.stringify({ active: true, ...cardea.word() }));
  }).listen(0, '127.0.0.1');
  t.after(() => elsewhere.close());
  await new Promise(resolve => elsewhere.once('listening', resolve));
  const location = `http://127.0.0.1:${elsewhere.address().port}/`;
  // From a position that nobody has heard of: it is asked about.
  const token = await cardea.token({ rev: 99 });
  for (const status of [301, 302, 303, 307, 308]) {
    const redirect = (_, response) => response.writeHead(status, { location }).end();
    cardea.instead.feed = cardea.instead.introspection = redirect;
    await untilAsked(2);
    assert.equal(await verdictOf(token), 'UNAVAILABLE');
  }
  assert.equal(cardea.asked.introspection, 5);
  assert.deepEqual(shown, []);
});

test('nobody waits for a server that is silent but one each second', async () => {
  cardea.instead.feed = (_, response) => response.destroy();
  const token = await cardea.token();
  assert.equal(await verdictOf(token), 'valid');
  cardea.instead.introspection = () => {};
  assert.equal(await verdictOf(token), 'UNAVAILABLE');
  const [asked, begun] = [cardea.asked.introspection, performance.now()];
  for (let at = 0; at < 200; at += 1) assert.equal(await verdictOf(token), 'UNAVAILABLE');
  const tries = cardea.asked.introspection - asked;
  assert.ok(tries <= 1 + (performance.now() - begun) / 1000, `${tries} tries`);
  delete cardea.instead.introspection;
  while (await verdictOf(token) !== 'valid') await new Promise(resolve => setTimeout(resolve, 20));
  for (let at = 0; at < 10; at += 1) assert.equal(await verdictOf(token), 'valid');
});
