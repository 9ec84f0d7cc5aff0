// A server that publishes keys, a feed and introspection, as Cardea does, and misbehaves when it is told to.
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { createVerifier } from '@cardea/verify';

export const AUDIENCE = 'https://shop.example.com';
export const CLIENT = 'shop';
export const SECRET = "not-a-secret:+%2B&=/?~!*'()0123456789";
const LIFETIME = 300;

/** A key pair as the server keeps it. */
export async function newKey(alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { alg, privateKey, publicKey, kid: await calculateJwkThumbprint(jwk), jwk: { ...jwk, alg, use: 'sig' } };
}

export const now = () => Math.floor(Date.now() / 1000);

/** A revocation about these claims. */
export function row(position, subject, more = {}) {
  const cut_off = !('jti' in subject || 'sid' in subject || 'kid' in subject);
  return { position, effect: 'dead', cut_off, subject, reason: 'LOGGED_OUT', expires_at: now() + 310, ...more };
}

/** Waits until something is so; for long, where the machine has other things to do. */
export async function until(holds, what = 'it came to nothing') {
  const end = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(what);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

export class Cardea {
  keys = [];
  ledger = 'first';
  position = 0;
  rows = [];
  /** Tokens (by jti) that introspection calls inactive. */
  inactive = new Set();
  heartbeat = 200;
  asked = { jwks: 0, feed: [], introspection: 0 };
  /** Called in place of a route, if set: (request, response, url). */
  instead = {};
  followers = new Set();
  #http = createServer((request, response) => this.#answer(request, response));
  #verifiers = new Set();
  #beats = new Set();

  static async start() {
    const cardea = new Cardea();
    cardea.keys.push(await newKey());
    await new Promise(resolve => cardea.#http.listen(0, '127.0.0.1', resolve));
    cardea.issuer = `http://127.0.0.1:${cardea.#http.address().port}`;
    return cardea;
  }

  /** A verifier for this server, closed with it. */
  verifier(options = {}) {
    const verifier = createVerifier({
      issuer: this.issuer, audience: AUDIENCE, clientId: CLIENT, clientSecret: SECRET, timeoutSeconds: 0.5, ...options,
    });
    this.#verifiers.add(verifier);
    return verifier;
  }

  async stop() {
    for (const verifier of this.#verifiers) verifier.close();
    this.cut();
    this.#http.closeAllConnections();
    await new Promise(resolve => this.#http.close(resolve));
  }

  /** A token, with other claims or header than it would have, if given. */
  async token(claims = {}, header = {}, key = this.keys[0]) {
    const said = { ...this.claims(), ...claims };
    return new SignJWT(said).setProtectedHeader({ typ: 'at+jwt', alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
  }

  claims() {
    const time = now();
    return {
      iss: this.issuer, aud: AUDIENCE, sub: randomUUID(), sid: randomUUID(), jti: randomBytes(16).toString('base64url'),
      iat: time, exp: time + LIFETIME, auth_time: time, amr: ['pwd'], client_id: CLIENT, scope: 'orders:read', rev: this.position,
    };
  }

  /** Revokes, and tells all who follow. */
  revoke(subject, more) {
    this.position += 1;
    const revoked = row(this.position, subject, more);
    this.rows.push(revoked);
    this.tell([revoked]);
  }

  tell(revocations = [], more = {}) {
    for (const follower of this.followers) follower.write(this.event({ revocations, ...more }));
  }

  word(more = {}) {
    return { ledger: this.ledger, position: this.position, more: false, time: Date.now() / 1000, revocations: [], ...more };
  }

  event(more) {
    return `event: revocations\nid: ${this.ledger}/${this.position}\ndata: ${JSON.stringify(this.word(more))}\n\n`;
  }

  /** Tells those who follow nothing more, and leaves them connected. */
  still() {
    for (const beat of this.#beats) clearInterval(beat);
  }

  /** Cuts all feeds off, without a word. */
  cut() {
    for (const follower of this.followers) follower.destroy();
    this.followers.clear();
  }

  #answer(request, response) {
    const url = new URL(request.url, this.issuer);
    const name = { '/.well-known/jwks.json': 'jwks', '/revocations': 'feed', '/oauth2/introspect': 'introspection' }[url.pathname];
    if (name === 'feed') this.asked.feed.push(url.search);
    else this.asked[name] += 1;
    if (this.instead[name]) return this.instead[name](request, response, url);
    return { jwks: this.#jwks, feed: this.feed, introspection: this.#introspection }[name].call(this, request, response, url);
  }

  #jwks(_, response) {
    response.end(JSON.stringify({ keys: this.keys.map(({ jwk, kid }) => ({ ...jwk, kid })) }));
  }

  feed(request, response, url) {
    if (!isAuthentic(request)) return fail(response, 401, 'invalid_client');
    const after = url.searchParams.get('after');
    const ledger = url.searchParams.get('ledger');
    if (after !== null && (ledger !== this.ledger || Number(after) > this.position)) return fail(response, 409, 'invalid_position');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(this.event({ revocations: this.rows.filter(({ position }) => position > Number(after ?? -1)) }));
    this.followers.add(response);
    const beat = setInterval(() => response.write(this.event({})), this.heartbeat);
    this.#beats.add(beat);
    response.on('close', () => {
      clearInterval(beat);
      this.followers.delete(response);
    });
  }

  async #introspection(request, response) {
    if (!isAuthentic(request)) return fail(response, 401, 'invalid_client');
    let body = '';
    for await (const chunk of request) body += chunk;
    const token = new URLSearchParams(body).get('token');
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    response.end(JSON.stringify(this.inactive.has(jti) ? { active: false } : { active: true, jti }));
  }
}

export function fail(response, status, error, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ error }));
}

function isAuthentic(request) {
  const told = Buffer.from(request.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
  const [id, secret] = told.split(':').map(part => decodeURIComponent(part.replaceAll('+', ' ')));
  return id === CLIENT && secret === SECRET;
}
