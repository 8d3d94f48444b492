"use strict";
// All that moves on the site: the list of runs, folding of code, sliders. Pages can be read without it.

const SHOWN = 100;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function shelf() {
  const table = document.querySelector("#shelf tbody");
  if (!table) return;
  const runs = JSON.parse(document.getElementById("runs").textContent);
  const search = document.getElementById("search");
  const status = document.getElementById("status");
  const models = document.getElementById("models");
  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const words = runs.map((run) => JSON.stringify(Object.values(run)).toLowerCase());
  let limit = SHOWN;

  function fits(run, index) {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return asked.every((word) => words[index].includes(word))
      && (!status.value || run.status === status.value)
      && (!models.checked || run.model);
  }

  function show() {
    const found = runs.filter(fits);
    table.replaceChildren(...found.slice(0, limit).map(row));
    count.textContent = found.length === runs.length ? `${runs.length} runs` : `${found.length} of ${runs.length} runs`;
    more.hidden = found.length <= limit;
  }

  for (const each of [search, status, models]) {
    each.addEventListener("input", () => { limit = SHOWN; show(); });
  }
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => { limit += SHOWN; show(); });
  more.hidden = runs.length <= table.rows.length;
}

function row(run) {
  const made = element("tr");
  const name = element("td");
  if (run.page) {
    const link = element("a", run.started);
    link.href = run.page;
    name.append(link);
  } else {
    name.append(run.started);
  }
  name.append(element("br"), element("small", run.run));
  const state = element("td");
  for (const each of run.refused ? [run.status, "refused"] : [run.status]) {
    state.append(element("span", each.replace("_", " "), `status ${each}`), " ");
  }
  const headline = element("td");
  if (run.metric) {
    headline.append(`${run.metric[0]} `, element("strong", run.metric[1]), " ");
    headline.append(element("span", `(${run.metric[2]} to ${run.metric[3]})`, "interval"));
  }
  const model = element("td", run.model);
  for (const alias of run.aliases) model.append(" ", element("span", alias, "tag"));
  const commit = element("td");
  if (run.commit) {
    const shown = element("code", run.commit.slice(0, 8));
    shown.title = run.commit;
    commit.append(shown);
  }
  if (run.dirty) commit.append(" ", element("span", "changed", "tag"));
  const stages = element("td", undefined, "stages");
  for (const [stage, became] of run.stages) {
    const dot = element("span", undefined, `dot ${became}`);
    dot.title = `${stage}: ${became.replace("_", " ")}`;
    dot.append(element("span", `${stage} ${became.replace("_", " ")}`, "hidden"));
    stages.append(dot);
  }
  made.append(name, state, headline, model, commit, element("td", run.by), element("td", run.took, "n"), stages);
  return made;
}

function folding() {
  const button = document.getElementById("fold");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const folded = document.body.classList.toggle("folded");
    button.setAttribute("aria-pressed", String(folded));
    button.textContent = folded ? "Show code" : "Hide code";
  });
}

function sliders() {
  for (const pair of document.querySelectorAll(".pair[data-slider]")) {
    const label = element("label", `Slide from before to after: ${pair.dataset.slider} `);
    const slider = element("input");
    Object.assign(slider, { type: "range", min: 0, max: 100, value: 50 });
    slider.addEventListener("input", () => pair.style.setProperty("--cut", `${slider.value}%`));
    const side = element("button", "Side by side");
    side.type = "button";
    side.addEventListener("click", () => {
      const sliding = pair.classList.toggle("sliding");
      slider.disabled = !sliding;
      side.textContent = sliding ? "Side by side" : "With a slider";
    });
    label.append(slider);
    pair.append(label, " ", side);
    pair.classList.add("sliding");
  }
}

function slides() {
  const slides = document.getElementById("slides");
  if (!slides) return;
  slides.focus({ preventScroll: true });
  slides.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...slides.children];
    const now = all.findLastIndex((slide) => slide.offsetTop - slides.offsetTop <= slides.scrollTop + 1);
    slides.scrollTop = all[Math.min(Math.max(now + step, 0), all.length - 1)].offsetTop - slides.offsetTop;
  });
}

function keys() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing) {
      const search = document.getElementById("search");
      if (search) { event.preventDefault(); search.focus(); }
    }
  });
}

for (const begin of [shelf, folding, sliders, slides, keys]) begin();
