// How the page is built; demo.mjs serves what comes out.
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Files, no data URIs: the page's policy has no exception for them to hide in.
    assetsInlineLimit: 0,
    // Each browser that runs this page knows modulepreload.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
