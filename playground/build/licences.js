// Vite plugins that write LICENSES.txt: whose work the bundles contain, and under which terms.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILE = /^licen[cs]e/i;
// A holder's line, and not the licences' own talk of "copyright holders" and "copyright notices".
const HOLDER = /^\W*(Copyright|\([cC]\))\s+(\([cC]\)|©|\d{4}|(?!Holder)[A-Z])/;
const RULE = '='.repeat(80);
const INTRODUCTION = `The playground's files contain the work of others: these packages, grouped by
licence, each licence's text once.`;

// What a package carries of somebody else's, as far as it reaches our bundles.
const CARRIED = {
  'monaco-editor': [
    'with marked (MIT), Copyright (c) 2018+, MarkedJS; Copyright (c) 2011-2024, Christopher Jeffrey',
    'with the path module of Node.js (MIT), Copyright Joyent, Inc. and other Node contributors',
    'with DOMPurify (Apache-2.0 OR MPL-2.0), (c) Cure53 and other contributors',
    'with the Visual Studio Code icons (CC-BY-4.0), Copyright (c) Microsoft Corporation',
  ],
};

// Filled by the builds of the workers, which run inside the page's build, and by the page's own.
const folders = new Set();

/** For a worker's build: takes note of what went into it. */
export function noteLicences() {
  return {
    name: 'note-licences',
    generateBundle: (_options, bundle) => note(bundle),
  };
}

/** For the page's build: takes note, and writes the file. */
export function writeLicences() {
  return {
    name: 'write-licences',
    generateBundle(_options, bundle) {
      note(bundle);
      this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: report([...folders].map(readPackage)) });
    },
  };
}

function note(bundle) {
  for (const file of Object.values(bundle)) {
    // Modules of a script; for an asset (a font, say) the files that it was made from.
    const sources = file.type === 'chunk' ? Object.keys(file.modules) : file.originalFileNames;
    sources.map(packageFolder).filter(Boolean).forEach(folder => folders.add(folder));
  }
}

// The folder under the path's last `node_modules`; nothing for files of our own.
function packageFolder(path) {
  return path.replace(/^\0/, '').match(/^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+/)?.[0];
}

function readPackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find(entry => LICENCE_FILE.test(entry));
  const lines = file ? readFileSync(join(folder, file), 'utf8').split(/\r?\n/) : [];
  const holders = lines.filter(line => HOLDER.test(line)).map(line => line.trim());
  return {
    licence: license,
    entry: [`${name} ${version}`, ...holders, ...(CARRIED[name] ?? [])].join('\n    '),
    text: lines.filter(line => !HOLDER.test(line)).join('\n').trim(),
  };
}

function report(packages) {
  const groups = new Map();
  // Sorted by what is printed: the order of bundling is nobody's business.
  for (const one of packages.sort((a, b) => (a.entry < b.entry ? -1 : 1))) {
    groups.set(one.licence, [...(groups.get(one.licence) ?? []), one]);
  }
  const sections = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([licence, members]) => {
    const entries = new Set(members.map(one => one.entry));
    const text = members.find(one => one.text)?.text;
    if (!text) throw new Error(`no package brings the text of ${licence}`);
    return [RULE, licence, [...entries].join('\n'), text].join('\n\n');
  });
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}
