// What a verification costs, beside bare jose: `node bench.mjs [ROUNDS]`. Medians of the rounds, with the least and the most.
import { cpus } from 'node:os';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { AUDIENCE, Cardea, row } from './test/server.mjs';

const ROUNDS = Number(process.argv[2] ?? 9);
const TOKENS = 2000;
const REVOCATIONS = 100_000;

const cardea = await Cardea.start();
const remembering = cardea.verifier();
const forgetful = cardea.verifier({ rememberedTokens: 0 });
await Promise.all([remembering.ready(), forgetful.ready()]);
const jwks = createLocalJWKSet({ keys: cardea.keys.map(({ jwk, kid }) => ({ ...jwk, kid })) });
const tokens = [];
for (let at = 0; at < TOKENS; at += 1) tokens.push(await cardea.token());

const bare = token => jwtVerify(token, jwks, { issuer: cardea.issuer, audience: AUDIENCE, typ: 'at+jwt', algorithms: ['ES256'] });
const subjects = {
  'jose.jwtVerify': bare,
  'new token': token => forgetful.verify(token),
  'remembered token': token => remembering.verify(token),
};

/** Microseconds for one, each after the other, as a request would have it. */
async function timed(verify, repeats) {
  const began = performance.now();
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const token of tokens) await verify(token);
  }
  return (performance.now() - began) * 1000 / (tokens.length * repeats);
}

async function measure(title) {
  console.log(`\n${title}`);
  const figures = Object.fromEntries(Object.keys(subjects).map(name => [name, []]));
  // In turn, so that a busy moment of the machine falls on all.
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [name, verify] of Object.entries(subjects)) {
      const microseconds = await timed(verify, name === 'remembered token' ? 50 : 1);
      if (round >= 0) figures[name].push(microseconds);
    }
  }
  for (const [name, all] of Object.entries(figures)) {
    all.sort((one, other) => one - other);
    const [least, median, most] = [all[0], all[all.length >> 1], all.at(-1)].map(figure => figure.toFixed(2));
    console.log(`  ${name.padEnd(18)} ${median} µs  (${least} to ${most})`);
  }
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}; ${TOKENS} tokens of ES256, ${ROUNDS} rounds`);
await measure('nothing revoked');
for (let at = 0; at < REVOCATIONS; at += 1000) {
  const rows = Array.from({ length: 1000 }, (_, more) => row(at + more + 1, { sid: cardea.claims().sid }));
  cardea.position = at + 1000;
  cardea.tell(rows);
}
const isHeard = verifier => verifier.status().revocations === REVOCATIONS;
while (!(isHeard(remembering) && isHeard(forgetful))) await new Promise(resolve => setTimeout(resolve, 10));
await measure(`${REVOCATIONS} sessions revoked`);
await cardea.stop();
