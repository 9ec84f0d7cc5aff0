// The Python recipe of docs/sub-systems.md, as a process that is asked.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const RECIPE = fileURLToPath(new URL('recipe.py', import.meta.url));

export class Recipe {
  #process;
  #waiting = [];

  /** With the names of the arguments that the recipe's Verifier takes; and `now`, where its clock stands still. */
  constructor(options) {
    this.#process = spawn(process.env.PYTHON ?? 'python3', ['-u', RECIPE, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#process.stdout }).on('line', line => this.#waiting.shift()?.resolve(JSON.parse(line)));
    this.#process.on('exit', code => {
      for (const { reject } of this.#waiting) reject(new Error(`the recipe ended (${code})`));
      this.#waiting = [];
    });
  }

  /** What it thinks of a token: { status, verdict }. */
  judge(token) {
    return this.#ask({ judge: token });
  }

  /** Settles when it refuses the token, which it looks at again and again. */
  untilRefused(token) {
    return this.#ask({ until_refused: token });
  }

  /** How far it is: { position, rows }. */
  heard() {
    return this.#ask({ heard: null });
  }

  /** Its clock is so many seconds ahead from now on. */
  setAhead(seconds) {
    return this.#ask({ set_ahead: seconds });
  }

  async close() {
    if (this.#process.exitCode !== null) return;
    this.#process.kill();
    await once(this.#process, 'exit');
  }

  #ask(question) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }
}
