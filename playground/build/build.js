// Builds the page into a folder and packs it for the server, which embeds that folder.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

import { build as viteBuild } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is committed, and what the server embeds. */
export const COMMITTED = fileURLToPath(new URL('../../assets/playground', import.meta.url));

// Fonts are brotli inside already, and the licences are to be read where they lie.
const LEFT_PLAIN = /\.(woff2|txt)$/;

/** Builds into `folder`, which is emptied first. Each compressible file lies there as `<name>.br` and nothing else. */
export async function build(folder) {
  await viteBuild({ root, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
  for (const name of readdirSync(folder)) {
    if (!LEFT_PLAIN.test(name)) pack(join(folder, name));
  }
}

function pack(path) {
  const plain = readFileSync(path);
  const packed = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  writeFileSync(`${path}.br`, packed);
  rmSync(path);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build(COMMITTED);
}
