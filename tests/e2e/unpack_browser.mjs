// Unpacks the Chromium that npm fetched into the folder beside it: node unpack_browser.mjs build/browser
// The package unpacks the program and a font into TMPDIR; the libraries it needs on a bare machine it leaves packed.
import { createReadStream, existsSync, mkdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const folder = resolve(process.argv[2]);
const unpacked = join(folder, "unpacked");
if (!existsSync(unpacked)) {
  const partly = join(folder, `partly-${process.pid}`);
  mkdirSync(partly);
  process.env.TMPDIR = partly;
  const require = createRequire(join(folder, "node_modules", "package.json"));
  const chromium = require("@sparticuz/chromium");
  await (chromium.default ?? chromium).executablePath();
  const packed = join(folder, "node_modules", "@sparticuz", "chromium", "bin", "al2023.tar.br");
  await pipeline(createReadStream(packed), createBrotliDecompress(), require("tar-fs").extract(join(partly, "al2023")));
  renameSync(partly, unpacked);
}
