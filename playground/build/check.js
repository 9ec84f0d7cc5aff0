// Are the committed files what the source makes? Builds into a temporary folder and compares.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

import { build, COMMITTED } from './build.js';

const fresh = mkdtempSync(join(tmpdir(), 'cardea-playground-'));
try {
  await build(fresh);
  const faults = differences(read(COMMITTED), read(fresh));
  if (faults.length > 0) {
    console.error(`assets/playground is not what playground/ builds. Run \`npm run build\` and commit.\n${faults.join('\n')}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true });
}

// Unpacked, because another version of Node may pack the same bytes in another way.
function read(folder) {
  return new Map(
    readdirSync(folder).map(name => {
      const bytes = readFileSync(join(folder, name));
      return [name, name.endsWith('.br') ? brotliDecompressSync(bytes) : bytes];
    }),
  );
}

function differences(committed, built) {
  const names = [...new Set([...committed.keys(), ...built.keys()])].sort();
  return names.flatMap(name => {
    if (!committed.has(name)) return [`  ${name}: not committed`];
    if (!built.has(name)) return [`  ${name}: not built any more`];
    return committed.get(name).equals(built.get(name)) ? [] : [`  ${name}: differs`];
  });
}
