// Starts Cardea, three sub-systems and the page of all three; ends them with Ctrl-C. `cargo xtask demo` builds what this needs, and runs it.
import { Stage } from './stage/stage.mjs';

const { CARDEA_BINARY, SHOP_BINARY, PYTHON = 'python3' } = process.env;
if (!CARDEA_BINARY || !SHOP_BINARY) {
  console.error('CARDEA_BINARY and SHOP_BINARY must name the programs: `cargo xtask demo` builds them, and says so itself.');
  process.exit(2);
}

const stage = new Stage({ cardea: CARDEA_BINARY, shop: SHOP_BINARY, python: PYTHON });
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0));
process.on('uncaughtException', error => {
  console.error(error);
  void end(1);
});

try {
  await stage.start();
  if (!isEnding) tell();
} catch (error) {
  if (!isEnding) console.error(`The demo does not start: ${error.message}`);
  await end(1);
}

async function end(code) {
  if (isEnding) return;
  isEnding = true;
  await stage.end();
  process.exit(code);
}

function tell() {
  console.log(`
Three systems are running, and one page signs in to all of them:

  ${stage.url}/

Sign up there (any address will do), and log out in all the ways there are. Ctrl-C ends it all, and forgets it.`);
}
