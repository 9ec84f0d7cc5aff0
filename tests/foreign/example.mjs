// The example of the crate cardea-verifier, as a process of its own that is asked over HTTP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './own-server.mjs';

/** It follows the feed within moments of its start. */
const PATIENCE_MILLISECONDS = 30_000;

export class Example {
  #options;
  #process;
  #url;

  constructor(options) {
    this.#options = options;
  }

  /** Starts it, and waits until it takes this token. */
  async ready(token) {
    const { issuer, audience, clientId, clientSecret } = this.#options;
    const listen = `127.0.0.1:${await freePort()}`;
    const env = { ISSUER: issuer, AUDIENCE: audience, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret, LISTEN: listen };
    assert.ok(process.env.SHOP_BINARY, 'SHOP_BINARY must name the example: cargo build --workspace --example shop');
    this.#process = spawn(process.env.SHOP_BINARY, [], { env, stdio: 'inherit' });
    this.#url = `http://${listen}/`;
    const end = Date.now() + PATIENCE_MILLISECONDS;
    for (;;) {
      const judged = await this.judge(token).catch(() => ({ status: 0 }));
      if (judged.status === 200) return;
      assert.ok(Date.now() < end, `it does not take a good token: ${JSON.stringify(judged)}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  /** What it thinks of a token: { status, verdict }. */
  async judge(token) {
    const response = await fetch(this.#url, { headers: { authorization: `Bearer ${token}` } });
    if (response.ok) return { status: 200, verdict: 'valid', sub: (await response.text()).replace('welcome, ', '').trim() };
    const { code, reason } = await response.json();
    return { status: response.status, verdict: reason ?? code };
  }

  /** Settles when it refuses the token, which it is asked about again and again. */
  async untilRefused(token) {
    for (;;) {
      const judged = await this.judge(token);
      if (judged.status !== 200) return judged;
    }
  }

  async close() {
    if (!this.#process || this.#process.exitCode !== null) return;
    this.#process.kill();
    await once(this.#process, 'exit');
  }
}
