// Formulas and pages from standard input, as KaTeX, MathJax and markdown-it read them: JSON in, JSON out.
const fs = require("fs");
const asked = JSON.parse(fs.readFileSync(0, "utf8"));

function katex(formulas) {
  const { renderToString } = require("katex");
  return formulas.map(({ tex, display }) => {
    try {
      renderToString(tex, { displayMode: display, strict: "error", throwOnError: true });
      return "";
    } catch (error) {
      return String(error.message);
    }
  });
}

function mathjax(formulas) {
  const { mathjax } = require("mathjax-full/js/mathjax.js");
  const { TeX } = require("mathjax-full/js/input/tex.js");
  const { SVG } = require("mathjax-full/js/output/svg.js");
  const { liteAdaptor } = require("mathjax-full/js/adaptors/liteAdaptor.js");
  const { RegisterHTMLHandler } = require("mathjax-full/js/handlers/html.js");
  require("mathjax-full/js/input/tex/AllPackages.js");
  const adaptor = liteAdaptor();
  RegisterHTMLHandler(adaptor);
  const input = new TeX({ packages: ["base", "ams", "boldsymbol"], formatError: (jax, error) => { throw error; } });
  const page = mathjax.document("", { InputJax: input, OutputJax: new SVG({ fontCache: "none" }) });
  return formulas.map(({ tex, display }) => {
    try {
      return adaptor.outerHTML(page.convert(tex, { display })).includes("merror") ? "an error in its place" : "";
    } catch (error) {
      return String(error.message);
    }
  });
}

function html(texts) {
  const plugin = require("@vscode/markdown-it-katex");
  const reader = require("markdown-it")({ html: true }).use(plugin.default || plugin, { throwOnError: true, strict: "error" });
  return texts.map((text) => reader.render(text));
}

const readers = { katex, mathjax, html };
process.stdout.write(JSON.stringify(readers[asked.reader](asked.of)));
