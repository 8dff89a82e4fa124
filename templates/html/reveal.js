"use strict";
(() => {
  const main = document.querySelector("main"), bar = document.querySelector(".dg-reveal");
  const stops = [...main.querySelectorAll(".dg-line, .dg-scroll")];
  if (!bar || stops.length < 2) return;

  // Everything that comes later than a stop, by the number of the stop with which it is shown; a drawing beside equations comes with them.
  const parts = [...main.querySelectorAll(".dg-line, .dg-scroll, figure, p, h2, h3, h4, h5, h6")].filter((part) => !part.classList.contains("dg-left"));
  const begin = (part) => (part.tagName === "FIGURE" && part.closest(".dg-beside")) || part;
  const before = (a, b) => begin(a).compareDocumentPosition(begin(b)) & Node.DOCUMENT_POSITION_FOLLOWING;
  const shownWith = new Map(parts.map((part) => {
    const at = stops.findIndex((stop) => stop === part || before(part, stop) || begin(part).contains(stop));
    return [part, at < 0 ? stops.length - 1 : at];
  }));
  const buttons = Object.fromEntries([...bar.querySelectorAll("button")].map((button) => [button.dataset.do, button]));
  const counter = bar.querySelector(".dg-count");
  let shown = null; // how many stops are shown; null: all, and no key is taken

  function show(count) {
    shown = count === null ? null : Math.min(Math.max(count, 1), stops.length);
    for (const [part, stop] of shownWith) part.classList.toggle("dg-later", shown !== null && stop >= shown);
    const on = shown !== null;
    for (const name of ["next", "back", "all"]) buttons[name].hidden = !on;
    buttons.start.hidden = on;
    buttons.next.disabled = shown === stops.length;
    buttons.back.disabled = shown === 1;
    if (on) main.setAttribute("aria-live", "polite");
    else main.removeAttribute("aria-live");
    counter.textContent = on ? bar.dataset.count.replace("{n}", shown).replace("{all}", stops.length) : "";
  }

  function act(name) {
    const focused = document.activeElement;
    if (name === "start") { show(1); window.scrollTo(0, 0); buttons.next.focus(); return; }
    show(name === "all" ? null : shown + (name === "next" ? 1 : -1));
    if (name === "all") buttons.start.focus();
    else {
      stops[shown - 1].lastElementChild.scrollIntoView({ block: "nearest" });
      if (focused.disabled) (name === "next" ? buttons.all : buttons.next).focus();
    }
  }

  const keys = { n: "next", ArrowRight: "next", PageDown: "next", p: "back", ArrowLeft: "back", PageUp: "back", Escape: "all" };
  bar.addEventListener("click", (event) => { if (event.target.dataset.do) act(event.target.dataset.do); });
  document.addEventListener("keydown", (event) => {
    const name = keys[event.key];
    if (shown === null || !name || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, .dg-scroll")) return;
    event.preventDefault();
    if (!buttons[name].disabled) act(name);
  });
  bar.hidden = false;
  show(null);
})();
