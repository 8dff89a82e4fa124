// The editor of `derivgen serve`: CodeMirror with completion from the schema, mistakes at their places, the pages beside it.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, defaultHighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";

const DELAY = 120; // ms without a key before the pages are drawn anew
const byId = (id) => document.getElementById(id);
const state = { schema: null, stamp: "", saved: "", version: 0, drawn: 0, audience: "worksheet", timer: 0 };

async function post(path, content) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });
}

function tell(text) {
  byId("status").textContent = text;
}

// Completion: the keys that may stand where the cursor is, and the values a key may have, as the schema says.

function resolved(node) {
  const name = node && node.$ref && node.$ref.split("/").pop();
  return name ? resolved(state.schema.$defs[name]) : node;
}

function shapes(node) {
  const found = resolved(node);
  if (!found) return [];
  const more = [...(found.anyOf || []), ...(found.oneOf || []), ...(found.items ? [found.items] : [])].flatMap(shapes);
  return [found, ...more];
}

function within(nodes, key) {
  return nodes.flatMap((node) => {
    const next = node.properties ? node.properties[key] : undefined;
    const any = node.additionalProperties;
    return next ? shapes(next) : any && typeof any === "object" ? shapes(any) : [];
  });
}

function pathTo(lines, row, column) {
  const before = lines[row].slice(0, column);
  const indent = (line) => line.search(/\S|$/);
  const keyOf = (line) => (line.match(/^\s*(?:- )*([\w.]+)\s*:/) || [])[1];
  const path = [];
  let depth = indent(before.trim() ? lines[row] : before.padEnd(column));
  for (let at = row - 1; at >= 0; at--) {
    const line = lines[at];
    if (line.trim() && !line.trim().startsWith("#") && indent(line) < depth && keyOf(line)) {
      path.unshift(keyOf(line));
      depth = indent(line);
    }
  }
  const opened = before.lastIndexOf("{") > before.lastIndexOf("}") ? before.slice(0, before.lastIndexOf("{")) : null;
  if (opened !== null && keyOf(opened)) path.push(keyOf(opened));
  return path;
}

function complete(context) {
  const line = context.state.doc.lineAt(context.pos);
  const lines = context.state.doc.toString().split("\n");
  const column = context.pos - line.from;
  const before = line.text.slice(0, column);
  const word = context.matchBefore(/[\w]*/);
  if (!state.schema || (word.from === word.to && !context.explicit)) return null;
  const here = pathTo(lines, line.number - 1, column).reduce(within, shapes(state.schema));
  const value = before.match(/(?:^|[{,-])\s*(\w+)\s*:\s*\[?[\w, ]*$/);
  if (value) {
    const values = within(here, value[1]).flatMap((node) => node.enum || (node.const !== undefined ? [node.const] : []));
    return { from: word.from, options: [...new Set(values)].map((label) => ({ label: String(label), type: "enum" })) };
  }
  const keys = new Map(here.flatMap((node) => Object.entries(node.properties || {})));
  const options = [...keys].map(([label, node]) => ({
    label,
    type: "property",
    info: resolved(node).description || node.description,
    apply: `${label}: `,
  }));
  return { from: word.from, options };
}

// Mistakes: squiggles at their places, and a list below that a screen reader reads.

function range(doc, problem) {
  if (!problem.line || problem.line > doc.lines) return { from: 0, to: 0 };
  const line = doc.line(problem.line);
  const from = Math.min(line.from + problem.column - 1, line.to);
  return { from, to: Math.min(from + Math.max(1, problem.length), line.to) };
}

function showProblems(problems) {
  const doc = view.state.doc;
  const marks = problems.map((problem) => ({
    ...range(doc, problem),
    severity: problem.severity === "error" ? "error" : "warning",
    message: problem.hint ? `${problem.message}\n${problem.hint}` : problem.message,
  }));
  view.dispatch(setDiagnostics(view.state, marks));
  byId("problems").replaceChildren(
    ...problems.map((problem, at) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${problem.line ? `line ${problem.line}: ` : ""}${problem.message}${problem.hint ? ` (${problem.hint})` : ""}`;
      button.addEventListener("click", () => {
        view.dispatch({ selection: { anchor: marks[at].from }, scrollIntoView: true });
        view.focus();
      });
      item.className = problem.severity;
      item.append(button);
      return item;
    }),
  );
}

// The pages.

async function draw() {
  const version = ++state.version;
  let answer;
  try {
    answer = await (await post("/draw", { text: text(), audience: state.audience, version })).json();
  } catch {
    tell("derivgen does not answer any more: is it still running in the terminal?");
    return;
  }
  if (answer.stale || version < state.drawn) return;
  state.drawn = version;
  showProblems(answer.problems);
  const page = byId("page");
  const errors = answer.problems.filter((problem) => problem.severity === "error").length;
  page.classList.toggle("old", answer.html === null);
  if (answer.html !== null) {
    page.innerHTML = answer.html;
    page.lang = answer.language;
    byId("title").textContent = answer.title;
  }
  const unsaved = text() === state.saved ? "" : " Not saved.";
  tell((errors ? `${errors} ${errors === 1 ? "mistake" : "mistakes"}: the page is that of the last text without one.` : "Checked and drawn.") + unsaved);
}

function soon() {
  clearTimeout(state.timer);
  state.timer = setTimeout(draw, DELAY);
}

const text = () => view.state.doc.toString();

function replaceText(content) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: content } });
}

function choose(audience) {
  state.audience = audience;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.audience === audience;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) byId("panel").setAttribute("aria-labelledby", tab.id);
  }
  draw();
}

function turn(event) {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  next.focus();
  choose(next.dataset.audience);
}

async function save() {
  const content = text();
  const answer = await post("/save", { text: content, stamp: state.stamp });
  const said = await answer.json();
  if (answer.ok) {
    state.saved = content;
    state.stamp = said.stamp;
  }
  tell(answer.ok ? `Saved to ${said.name}.` : said.message);
  return true;
}

async function take(form) {
  tell(form === "pdf" ? "Typesetting …" : "Writing …");
  const answer = await post("/file", { text: text(), audience: state.audience, form });
  if (!answer.ok) {
    tell((await answer.json()).message);
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `${state.audience}.${form}`;
  link.click();
  URL.revokeObjectURL(link.href);
  tell(`${link.download} is made.`);
}

// What another program writes to the file comes in here, unless something was typed meanwhile.
async function follow() {
  for (;;) {
    try {
      const said = await (await fetch(`/changed?stamp=${encodeURIComponent(state.stamp)}`)).json();
      if (said.stamp !== state.stamp && said.text !== undefined) {
        const untouched = text() === state.saved;
        state.stamp = said.stamp;
        if (said.text === text()) state.saved = said.text;
        else if (untouched) {
          state.saved = said.text;
          replaceText(said.text);
        } else tell("The file was changed by another program; saving would replace that.");
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

const view = new EditorView({
  parent: byId("editor"),
  state: EditorState.create({
    doc: "",
    extensions: [
      lineNumbers(),
      lintGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
      yaml(),
      autocompletion({ override: [complete], icons: false }),
      EditorView.lineWrapping,
      keymap.of([{ key: "Mod-s", run: () => (save(), true), preventDefault: true }, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
      EditorView.contentAttributes.of({ "aria-label": "The spec", "aria-describedby": "help" }),
      EditorView.updateListener.of((update) => update.docChanged && soon()),
    ],
  }),
});

async function begin() {
  const [schema, file] = await Promise.all([fetch("/schema.json"), fetch("/changed")]);
  state.schema = await schema.json();
  const said = await file.json();
  state.stamp = said.stamp;
  state.saved = said.text;
  replaceText(said.text);
  for (const tab of document.querySelectorAll("[role=tab]")) {
    tab.addEventListener("click", () => choose(tab.dataset.audience));
    tab.addEventListener("keydown", turn);
  }
  byId("save").addEventListener("click", save);
  byId("pdf").addEventListener("click", () => take("pdf"));
  byId("tex").addEventListener("click", () => take("tex"));
  follow();
}

begin();
