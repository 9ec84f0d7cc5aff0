// The feed as it comes over real networks: cut, late, silent, garbled. No token passes on word that isn't there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, test } from 'node:test';
import { CLIENT, Cardea, SECRET, fail, now, row, until } from './server.mjs';

let cardea;

beforeEach(async () => {
  cardea = await Cardea.start();
});
afterEach(() => cardea.stop());

async function follow(options = {}) {
  const verifier = cardea.verifier(options);
  await verifier.ready();
  return verifier;
}

const heard = verifier => until(() => verifier.status().position === cardea.position, 'the position was not heard');
const unavailable = { status: 503, code: 'UNAVAILABLE', wwwAuthenticate: null };

test('a feed that is cut is resumed where it stopped, and nothing is lost', async () => {
  const verifier = await follow();
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  cardea.revoke({ sid: cardea.claims().sid });
  await heard(verifier);
  cardea.cut();
  cardea.revoke({ sid: claims.sid });
  await heard(verifier);
  await assert.rejects(verifier.verify(token), { reason: 'LOGGED_OUT' });
  assert.deepEqual(cardea.asked.feed, ['', '?after=1&ledger=first']);
  assert.equal(verifier.status().revocations, 2);
});

test('pieces of any size, and any kind of line end, are one event', async () => {
  for (const end of ['\n', '\r\n', '\r']) {
    for (const size of [1, 7, 1000]) {
      const claims = cardea.claims();
      cardea.instead.feed = async (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
        const word = { revocations: [row(1, { sid: claims.sid }, { reason: 'SUSPENDED' })], position: 1 };
        const text = `: a comment, \u{1f9ff}\n\n${cardea.event(word)}`.replaceAll('\n', end);
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length; at += size) {
          response.write(bytes.subarray(at, at + size));
          if (size > 1 || at % 50 === 0) await new Promise(setImmediate);
        }
        cardea.followers.add(response);
        // Of one that ends with CR alone, the LF might still come.
        response.write(': more');
      };
      const verifier = await follow();
      await assert.rejects(verifier.verify(await cardea.token(claims)), { reason: 'SUSPENDED' });
      verifier.close();
    }
  }
});

test('half an event that is cut counts for nothing, and comes again', async () => {
  const verifier = await follow();
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  cardea.position = 1;
  cardea.rows.push(row(1, { sid: claims.sid }));
  const event = cardea.event({ revocations: cardea.rows });
  for (const follower of cardea.followers) follower.write(event.slice(0, -1));
  await new Promise(resolve => setTimeout(resolve, 30));
  assert.equal(verifier.status().position, 0);
  cardea.cut();
  await heard(verifier);
  await assert.rejects(verifier.verify(token), { reason: 'LOGGED_OUT' });
});

test('lines without end, and words that can not be understood, end the connection and are not believed', async () => {
  const good = cardea.claims();
  const words = [
    'event: revocations\ndata: {"ledger":\n\n', 'event: revocations\ndata: null\n\n', 'event: revocations\ndata: []\n\n',
    cardea.event({ position: -1 }), cardea.event({ position: '7' }), cardea.event({ more: 0 }), cardea.event({ time: null }),
    cardea.event({ revocations: [{}] }), cardea.event({ revocations: [row(1, {})] }), cardea.event({ revocations: [row(1, { sid: 5 })] }),
    cardea.event({ revocations: [row(1, { mood: 'bad' })] }), cardea.event({ revocations: [row(1, good, { effect: 'maimed' })] }),
    cardea.event({ revocations: [row(1, { sid: 'x' }, { reason: 'a"b' })] }), cardea.event({ revocations: [row(1, { sid: 'x' }, { expires_at: null })] }),
    cardea.event({ swept: 7 }), cardea.event({ swept: { position: 7 } }), cardea.event({ swept: { position: -7, exp: 7 } }), cardea.event({ swept: { position: 7, exp: 0.5 } }),
    cardea.event({ position: 2 ** 53 }), cardea.event({ ledger: '' }), cardea.event({ ledger: 'x'.repeat(101) }), cardea.event({ revocations: [row(1, { sid: 'x' })] }),
    cardea.event({}).replace(/"time":[^,]*/, '"time":1e400'), cardea.event({ position: 1, revocations: [row(1, { sid: 'x' }, { expires_at: 0.5 })] }),
    `data: ${'x'.repeat(5 * 1024 * 1024)}`, ': nothing\n'.repeat(500_000),
  ];
  for (const word of words) {
    const faults = [];
    cardea.instead.feed = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(word);
    const verifier = cardea.verifier({ whenStale: 'refuse', freshnessSeconds: 60, onFault: fault => faults.push(fault) });
    await until(() => faults.length > 0, `no fault at ${word.slice(0, 200)}`);
    await assert.rejects(verifier.verify(await cardea.token()), unavailable);
    delete cardea.instead.feed;
    await verifier.ready();
    await verifier.verify(await cardea.token());
    verifier.close();
  }
});

test('silence makes the feed stale, whatever else comes, and it is asked anew', async () => {
  cardea.heartbeat = 100_000;
  const verifier = await follow({ whenStale: 'refuse', freshnessSeconds: 1 });
  const token = await cardea.token();
  await verifier.verify(token);
  cardea.instead.feed = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const noise = setInterval(() => response.write(': still here\n\n'), 50);
    response.on('close', () => clearInterval(noise));
  };
  const asked = cardea.asked.feed.length;
  await until(() => !verifier.status().fresh);
  await assert.rejects(verifier.verify(token), unavailable);
  await until(() => cardea.asked.feed.length >= asked + 2, 'nobody asked again');
  delete cardea.instead.feed;
  await until(() => verifier.status().fresh);
  await verifier.verify(token);
});

test('who may ask asks while the feed is stale, and what is known to be dead needs no question', async () => {
  const verifier = await follow({ freshnessSeconds: 1 });
  const [live, gone, dead] = [cardea.claims(), cardea.claims(), cardea.claims()];
  const tokens = await Promise.all([live, gone, dead].map(claims => cardea.token(claims)));
  cardea.revoke({ sid: dead.sid });
  await heard(verifier);
  cardea.instead.feed = (_, response) => fail(response, 503, 'temporarily_unavailable');
  cardea.cut();
  await until(() => !verifier.status().fresh);
  cardea.inactive.add(gone.jti);
  await verifier.verify(tokens[0]);
  await assert.rejects(verifier.verify(tokens[1]), { status: 401, reason: 'REVOKED' });
  assert.equal(cardea.asked.introspection, 2);
  await assert.rejects(verifier.verify(tokens[2]), { status: 401, reason: 'LOGGED_OUT' });
  assert.equal(cardea.asked.introspection, 2);
});

test('an introspection that fails, in whatever way, is 503 and never 401', async () => {
  cardea.instead.feed = (_, response) => fail(response, 503, 'temporarily_unavailable');
  const token = await cardea.token();
  const answers = [
    (_, response) => response.end('{"active":'), (_, response) => fail(response, 503, 'temporarily_unavailable', { 'retry-after': '3' }),
    (_, response) => response.end('[]'), (_, response) => response.end('{"active":"yes"}'), (_, response) => response.end('null'),
    (_, response) => response.end('{"active":true,"jti":"of another"}'), (_, response) => response.destroy(), () => {},
    (_, response) => response.end(`{"active":true,"x":"${'x'.repeat(2 * 1024 * 1024)}"}`),
    (_, response) => response.writeHead(302, { location: '/oauth2/introspect?again' }).end(),
  ];
  for (const answer of answers) {
    cardea.instead.introspection = answer;
    await assert.rejects(cardea.verifier().verify(token), unavailable);
  }
  cardea.instead.introspection = answers[1];
  await assert.rejects(cardea.verifier().verify(token), { retryAfter: 3 });
});

test('a server that does not know us, or has heard enough, is left alone for a while', async () => {
  cardea.instead.feed = (_, response) => fail(response, 503, 'temporarily_unavailable');
  for (const [status, headers, expected] of [[401, {}, 5], [429, { 'retry-after': '60' }, 60]]) {
    let [asked, passed] = [0, 0];
    cardea.instead.introspection = (_, response) => {
      asked += 1;
      fail(response, status, 'invalid_client', headers);
    };
    const clock = { now: () => Date.now(), elapsed: () => performance.now() + passed };
    const verifier = cardea.verifier({ clock });
    const token = await cardea.token();
    for (let at = 0; at < 50; at += 1) await assert.rejects(verifier.verify(token), unavailable);
    await assert.rejects(verifier.verify(token), { retryAfter: expected });
    assert.equal(asked, 1);
    passed = expected * 1000;
    await assert.rejects(verifier.verify(token), unavailable);
    assert.equal(asked, 2);
    verifier.close();
  }
});

test('many questions at once wait for each other, and the many too many are told to come back', async () => {
  cardea.instead.feed = (_, response) => fail(response, 503, 'temporarily_unavailable');
  const held = [];
  cardea.instead.introspection = (_, response) => held.push(response);
  const verifier = cardea.verifier({ timeoutSeconds: 20 });
  const token = await cardea.token();
  // It knows the token then, and four hundred ask at the same moment.
  const first = assert.rejects(verifier.verify(token), { reason: 'REVOKED' });
  await until(() => held.length === 1);
  held.pop().end('{"active":false}');
  await first;
  const told = Promise.all(Array.from({ length: 400 }, () => verifier.verify(token).catch(error => error.status)));
  await until(() => held.length === 16);
  await new Promise(resolve => setTimeout(resolve, 50));
  assert.equal(held.length, 16);
  const answering = setInterval(() => held.splice(0).forEach(response => response.end('{"active":false}')), 1);
  const statuses = await told;
  clearInterval(answering);
  assert.deepEqual([401, 503].map(wanted => statuses.filter(status => status === wanted).length), [272, 128]);
});

test('a position of another ledger, or from the future, is forgotten, and what is revoked is not', async () => {
  const verifier = await follow();
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  cardea.revoke({ sid: claims.sid });
  await heard(verifier);
  cardea.ledger = 'second';
  cardea.position = 1000;
  cardea.rows = [];
  cardea.tell();
  await heard(verifier);
  assert.equal(verifier.status().ledger, 'second');
  assert.equal(cardea.asked.feed.at(-1), '');
  await assert.rejects(verifier.verify(token), { reason: 'LOGGED_OUT' });
  await verifier.verify(await cardea.token());
});

test('as long as there is more to hear, the feed is not fresh', async () => {
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  let rest;
  cardea.instead.feed = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(cardea.event({ position: 1, more: true, revocations: [row(1, { sid: 'x' })] }));
    rest = () => response.write(cardea.event({ position: 2, revocations: [row(2, { sid: claims.sid })] }));
  };
  const verifier = cardea.verifier({ whenStale: 'refuse' });
  await until(() => verifier.status().position === 1);
  await assert.rejects(verifier.verify(token), unavailable);
  rest();
  await verifier.ready();
  await assert.rejects(verifier.verify(token), { reason: 'LOGGED_OUT' });
});

test('a token from a position that was not heard waits for the feed, then the server is asked', async () => {
  const verifier = await follow();
  const token = await cardea.token({ rev: 1 });
  const verified = verifier.verify(token);
  await new Promise(resolve => setTimeout(resolve, 20));
  cardea.position = 1;
  cardea.tell();
  await verified;
  assert.equal(cardea.asked.introspection, 0);
  const ahead = cardea.claims();
  await verifier.verify(await cardea.token({ ...ahead, rev: 99 }));
  assert.equal(cardea.asked.introspection, 1);
  cardea.inactive.add(ahead.jti);
  await assert.rejects(verifier.verify(await cardea.token({ ...ahead, rev: 99 })), { reason: 'REVOKED' });
});

test('a server that closes says when to come back, and is asked then', async () => {
  const verifier = await follow();
  const asked = cardea.asked.feed.length;
  const closedAt = performance.now();
  for (const follower of cardea.followers) follower.end('retry: 400\nevent: closing\ndata: {}\n\n');
  await until(() => cardea.asked.feed.length > asked);
  const waited = performance.now() - closedAt;
  assert.ok(waited > 150 && waited < 1000, `${waited} ms`);
  assert.equal(verifier.status().fault, null);
});

test('who is told to come back at once, again and again, still takes breath', async () => {
  for (const send of [
    (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end('retry: 0\nevent: closing\ndata: {}\n\n'),
    (_, response) => fail(response, 503, 'temporarily_unavailable', { 'retry-after': '0' }), (_, response) => fail(response, 409, 'invalid_position'),
  ]) {
    cardea.instead.feed = send;
    const asked = cardea.asked.feed.length;
    const verifier = cardea.verifier();
    await new Promise(resolve => setTimeout(resolve, 300));
    verifier.close();
    const attempts = cardea.asked.feed.length - asked;
    assert.ok(attempts >= 1 && attempts <= 7, `${attempts} attempts`);
  }
});

test('a wrong secret is told at once, and is not tried without pause', async () => {
  const verifier = cardea.verifier({ clientSecret: 'wrong' });
  await assert.rejects(verifier.ready(), error => error.status === 503 && error.cause.status === 401);
  await new Promise(resolve => setTimeout(resolve, 500));
  assert.ok(cardea.asked.feed.length <= 5, `${cardea.asked.feed.length} attempts`);
});

test('a clock that is wrong, or a machine that slept, makes the feed stale', async () => {
  let ahead = 0;
  const faults = [];
  const clock = { now: () => Date.now() + ahead, elapsed: () => performance.now() };
  const verifier = await follow({ clock, whenStale: 'refuse', freshnessSeconds: 3, onFault: fault => faults.push(fault) });
  const token = await cardea.token({ iat: now() - 60 });
  await verifier.verify(token);
  for (const wrong of [4000, -6000]) {
    ahead = wrong;
    await assert.rejects(verifier.verify(token), unavailable);
    cardea.tell();
    await until(() => faults.splice(0).some(({ message }) => message.includes('clock')), 'nobody minds the clock');
    await assert.rejects(verifier.verify(token), unavailable);
    ahead = 0;
    cardea.tell();
    await until(() => verifier.status().fault === null);
    await verifier.verify(token);
  }
});

test('what can concern no token any more is forgotten, and not before', async () => {
  const verifier = await follow();
  const [sid, later] = [cardea.claims().sid, cardea.claims().sid];
  cardea.revoke({ sid }, { expires_at: now() + 2 });
  cardea.revoke({ sid: later }, { expires_at: now() + 2 });
  cardea.revoke({ sid: later }, { expires_at: now() + 60 });
  await heard(verifier);
  assert.equal(verifier.status().revocations, 2);
  await until(() => verifier.status().revocations === 1);
  await assert.rejects(verifier.verify(await cardea.token({ sid: later })), { reason: 'LOGGED_OUT' });
});

test('a clock of the database that was ahead for a while brings nobody back', async () => {
  const verifier = await follow({ whenStale: 'refuse' });
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  cardea.revoke({ sid: claims.sid });
  await heard(verifier);
  cardea.tell([], { time: now() + 3600 });
  await until(() => verifier.status().fault !== null, 'nobody minds the clock');
  cardea.tell();
  await until(() => verifier.status().fault === null);
  await assert.rejects(verifier.verify(token), { reason: 'LOGGED_OUT' });
});

test('both clocks ahead for a while, as on one machine, bring nobody back', async () => {
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead, elapsed: () => performance.now() };
  const verifier = await follow({ clock });
  const claims = cardea.claims();
  const token = await cardea.token(claims);
  cardea.revoke({ sid: claims.sid });
  await heard(verifier);
  ahead = 3_600_000;
  cardea.tell([], { time: now() + 3600 });
  await until(() => verifier.status().revocations === 0, 'nothing is forgotten');
  ahead = 0;
  cardea.tell();
  await until(() => verifier.status().fresh);
  await assert.rejects(verifier.verify(token), { reason: 'EXPIRED' });
  await verifier.verify(await cardea.token());
});

test('what was swept at the server has expired, however little is told of it later', async () => {
  const verifier = await follow();
  const token = await cardea.token();
  cardea.position = 7;
  cardea.tell([], { swept: { position: 7, exp: now() + 400 } });
  await heard(verifier);
  for (const swept of [undefined, null, { position: 0, exp: 0 }]) {
    cardea.position += 1;
    cardea.tell([], { swept });
    await heard(verifier);
    await assert.rejects(verifier.verify(token), { reason: 'EXPIRED' });
    await verifier.verify(await cardea.token());
  }
  assert.equal(cardea.asked.introspection, 0);
});

test('a verifier that was closed verifies nothing, and leaves nobody connected', async () => {
  const verifier = await follow();
  verifier.close();
  await assert.rejects(verifier.verify(await cardea.token()), unavailable);
  await assert.rejects(verifier.ready(), unavailable);
  await until(() => cardea.followers.size === 0);
});

test('a connection is given up, too, when the collector was there since it was made', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const verifier = await follow({ freshnessSeconds: 1 });
  const collected = async () => {
    for (let round = 0; round < 5; round += 1) {
      collect();
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };
  await collected();
  const asked = cardea.asked.feed.length;
  cardea.heartbeat = 100_000;
  cardea.still();
  await until(() => cardea.asked.feed.length > asked, 'nobody minds the silence');
  await collected();
  verifier.close();
  await until(() => cardea.followers.size === 0, 'nobody hangs up');
});

test('a function for faults that throws does not end the feed', async () => {
  const caller = `
    import { createVerifier } from '@cardea/verify';
    process.on('uncaughtException', fault => console.log(fault.message));
    createVerifier({ ...JSON.parse(process.argv[1]), onFault: () => { throw new Error('of the caller'); } });`;
  const options = JSON.stringify({ issuer: cardea.issuer, audience: 'shop', clientId: CLIENT, clientSecret: SECRET });
  const child = spawn(process.execPath, ['--input-type=module', '--eval', caller, options], { cwd: new URL('.', import.meta.url) });
  try {
    await until(() => cardea.followers.size === 1, 'nobody follows');
    cardea.cut();
    const [told] = await once(child.stdout, 'data');
    assert.equal(String(told), 'of the caller\n');
    await until(() => cardea.followers.size === 1, 'nobody follows any more');
  } finally {
    child.kill();
  }
});
