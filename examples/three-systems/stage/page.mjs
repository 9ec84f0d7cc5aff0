// The page as its build has made it, what it has to know, and who operates the stage: one origin.
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';

const CONFIGURATION = fileURLToPath(new URL('../app/vite.config.ts', import.meta.url));

export class Page {
  #known;
  #operator;
  #built;
  #server;

  /**
   * @param {{ cardea: string, systems: { url: string }[] }} known what /demo.json tells
   * @param {import('./operator.mjs').Operator} operator
   */
  constructor(known, operator) {
    this.#known = known;
    this.#operator = operator;
  }

  /** @param {string} folder for what is built: each stage has its own */
  async build(folder) {
    this.#built = { configFile: CONFIGURATION, logLevel: 'warn', build: { outDir: folder } };
    await build(this.#built);
  }

  /** @param {number} port of 127.0.0.1 */
  async serve(port) {
    this.#server = await preview({
      ...this.#built,
      preview: { host: '127.0.0.1', port, strictPort: true, cors: false },
      plugins: [{ name: 'stage', configurePreviewServer: ({ middlewares }) => this.#extend(middlewares) }],
    });
  }

  async end() {
    await this.#server?.close();
  }

  #extend(middlewares) {
    const headers = new Headers(this.#headers());
    middlewares.use((request, response, next) => {
      response.setHeaders(headers);
      next();
    });
    middlewares.use('/demo.json', (request, response) => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('cache-control', 'no-store');
      response.end(JSON.stringify(this.#known));
    });
    middlewares.use('/operator', (request, response) => void this.#operator.serve(request, response));
  }

  /** Whoever runs a script in a page that signs people in has won: nothing runs or is asked but what is listed. */
  #headers() {
    const { cardea, systems } = this.#known;
    const asked = [cardea, ...systems.map(({ url }) => url)].map(url => new URL(url).origin);
    const heard = new URL(cardea).origin.replace(/^http/, 'ws');
    const policy = [
      "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
      `connect-src 'self' ${asked.join(' ')} ${heard}`, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ];
    return {
      'Content-Security-Policy': policy.join('; '),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    };
  }
}
