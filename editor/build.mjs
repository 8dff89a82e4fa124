// Bundles the editor into templates/serve/editor.js; its first line says from which sources.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const sources = ["main.js", "package.json"].map((name) => readFileSync(new URL(name, import.meta.url)));
const digest = createHash("sha256").update(Buffer.concat(sources)).digest("hex");
await build({
  entryPoints: ["main.js"],
  absWorkingDir: new URL(".", import.meta.url).pathname,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "inline",
  banner: { js: `/* CodeMirror (MIT) and editor/main.js, bundled by \`make editor\`; sources ${digest} */` },
  outfile: "../templates/serve/editor.js",
});
