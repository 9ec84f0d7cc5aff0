// The page's model as Vite makes it of its TypeScript, without a browser.
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const configFile = fileURLToPath(new URL('../app/vite.config.ts', import.meta.url));

/** What this file of `app/src/model` exports. For a test's `before`. */
export async function load(name) {
  const vite = await createServer({ configFile, appType: 'custom', logLevel: 'error', server: { middlewareMode: true, ws: false } });
  after(() => vite.close());
  return vite.ssrLoadModule(`/src/model/${name}.ts`);
}
