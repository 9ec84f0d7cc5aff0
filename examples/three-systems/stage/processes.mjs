// Programs that run beside this one, and end with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';

/** How long a program may take until it answers. Generous: a busy machine is no fault of the program. */
const PATIENCE_MILLISECONDS = 60_000;
/** How long one question may take: then it is asked again. */
const QUESTION_MILLISECONDS = 2000;
/** How long a program may take to end: more than Cardea grants to requests under way. */
const STOP_MILLISECONDS = 25_000;

/** What util-linux calls the program that ties a process to its parent, where there is one. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find(path => process.platform === 'linux' && existsSync(path));

/** A program, started as it is told; its words go where ours go. Of our environment it sees the path only. */
export class Program {
  #name;
  #process;
  #isWanted = true;

  /**
   * @param {string} name for people
   * @param {string} file
   * @param {string[]} words
   * @param {{ cwd?: string, env?: Record<string, string> }} place
   */
  constructor(name, file, words, { cwd, env } = {}) {
    this.#name = name;
    // Killed, too, when we are killed and can't end it any more.
    const [program, ...begin] = SETPRIV ? [SETPRIV, '--pdeathsig', 'KILL', file] : [file];
    this.#process = spawn(program, [...begin, ...words], {
      // A group of its own: a signal to all of ours leaves it to us to end it, once.
      detached: true,
      cwd, env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env }, stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#process.on('error', error => console.error(`${name} can't be started: ${error.message}`));
    this.#process.on('exit', (code, signal) => this.#isWanted && console.error(`${name} has ended (${signal ?? code})`));
  }

  get hasEnded() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null || this.#process.pid === undefined;
  }

  /** Settles when what `url` answers is `good`: whatever it says, unless told otherwise. */
  async answers(url, good = () => true) {
    const end = Date.now() + PATIENCE_MILLISECONDS;
    while (!await fetch(url, { signal: AbortSignal.timeout(QUESTION_MILLISECONDS) }).then(good, () => false)) {
      if (this.hasEnded) throw new Error(`${this.#name} does not start`);
      if (Date.now() > end) throw new Error(`${this.#name} does not answer at ${url}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  /** @param {NodeJS.Signals} signal */
  async end(signal = 'SIGTERM') {
    this.#isWanted = false;
    if (this.hasEnded) return;
    const killing = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MILLISECONDS);
    this.#process.kill(signal);
    await once(this.#process, 'exit');
    clearTimeout(killing);
  }
}

/**
 * Below what systems hand out to whoever asks for any port, and to each connection: between our look and the program's, and while a program
 * is away, nobody comes by it.
 */
const PORTS = { first: 20_000, count: 12_000 };

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort() {
  const { port, release } = await holdPort();
  await release();
  return port;
}

/** The same, and nobody can until it is released; `preferred`, if that is one. */
export async function holdPort(preferred = 0) {
  const port = preferred || PORTS.first + Math.floor(Math.random() * PORTS.count);
  // Who calls meanwhile, as a page of before may, is not kept waiting, and keeps nobody.
  const listener = createServer(socket => socket.destroy());
  const listening = new Promise((resolve, reject) => listener.once('listening', resolve).once('error', reject));
  listener.listen(port, '127.0.0.1');
  try {
    await listening;
  } catch (error) {
    if (error.code === 'EADDRINUSE') return holdPort();
    throw error;
  }
  // It is no reason to stay when the start has failed.
  listener.unref();
  return { port, release: () => new Promise(resolve => listener.close(resolve)) };
}
