// What a verification costs, beside bare jose: `node bench.mjs [ROUNDS [REVOCATIONS]]`. A line for each: its name, the median
// of the rounds, the least and the greatest, in microseconds.
import { cpus } from 'node:os';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { AUDIENCE, Cardea, row, until } from './test/server.mjs';

const TOKENS = 2000;
const ROUNDS = wanted(2, 'ROUNDS', { usual: 9, least: 1, most: 1000 });
const REVOCATIONS = wanted(3, 'REVOCATIONS', { usual: 100_000, least: 0, most: 1_000_000 });

/** A whole number of the command line. */
function wanted(place, name, { usual, least, most }) {
  const word = process.argv[place] ?? String(usual);
  if (/^\d{1,9}$/.test(word) && Number(word) >= least && Number(word) <= most) return Number(word);
  console.error(`bench.mjs: ${name} is a number from ${least} to ${most}, not ${word}`);
  process.exit(2);
}

const cardea = await Cardea.start();
const remembering = cardea.verifier();
const forgetful = cardea.verifier({ rememberedTokens: 0 });
await Promise.all([remembering.ready(), forgetful.ready()]);
const jwks = createLocalJWKSet({ keys: cardea.keys.map(({ jwk, kid }) => ({ ...jwk, kid })) });
const tokens = [];
for (let at = 0; at < TOKENS; at += 1) tokens.push(await cardea.token());

const bare = token => jwtVerify(token, jwks, { issuer: cardea.issuer, audience: AUDIENCE, typ: 'at+jwt', algorithms: ['ES256'] });
const subjects = {
  jose_us: bare,
  new_us: token => forgetful.verify(token),
  remembered_us: token => remembering.verify(token),
};

/** Microseconds for one, each after the other, as a request would have it. */
async function timed(verify, repeats) {
  const began = performance.now();
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const token of tokens) await verify(token);
  }
  return (performance.now() - began) * 1000 / (tokens.length * repeats);
}

console.error(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}; ${TOKENS} tokens of ES256, ${REVOCATIONS} revocations, ${ROUNDS} rounds`);
for (let at = 0; at < REVOCATIONS; at += 1000) {
  const rows = Array.from({ length: Math.min(1000, REVOCATIONS - at) }, (_, more) => row(at + more + 1, { sid: cardea.claims().sid }));
  cardea.position = at + rows.length;
  cardea.tell(rows);
}
const isHeard = verifier => verifier.status().revocations === REVOCATIONS;
await until(() => isHeard(remembering) && isHeard(forgetful), 'the verifiers did not hear of all revocations');

const figures = Object.fromEntries(Object.keys(subjects).map(name => [name, []]));
// In turn, so that a busy moment of the machine falls on all.
for (let round = -1; round < ROUNDS; round += 1) {
  for (const [name, verify] of Object.entries(subjects)) {
    const microseconds = await timed(verify, name === 'remembered_us' ? 50 : 1);
    if (round >= 0) figures[name].push(microseconds);
  }
}
for (const [name, all] of Object.entries(figures)) {
  all.sort((one, other) => one - other);
  const told = [all[all.length >> 1], all[0], all.at(-1)].map(figure => figure.toFixed(2));
  console.log(`${name} ${told.join(' ')}`);
}
await cardea.stop();
