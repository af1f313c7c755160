// The filters of the list of rules. What is chosen stands in the address, so that a link leads to it. Without this script the list is whole.
"use strict";
(() => {
  const form = document.getElementById("rule-filter");
  if (!form) return;
  const table = document.querySelector("table.rules");
  const baselines = table.dataset.baselines.split(" ");
  const groups = [...table.tBodies].map((body) => ({ body, service: body.dataset.service, rows: [...body.rows].slice(1).map(row) }));
  const output = form.querySelector("output");
  const names = ["words", "service", "pillar", "severity", "baseline"];

  function row(element) {
    const [, severity, pillar] = element.cells;
    return {
      element, words: element.dataset.words, held: new Set(element.dataset.in.split(" ")), fixable: "fixable" in element.dataset,
      severity: severity.textContent, pillar: pillar.textContent,
    };
  }

  function narrow() {
    const asked = Object.fromEntries(names.map((name) => [name, form.elements[name].value.trim()]));
    const words = asked.words.toLowerCase().split(/\s+/).filter(Boolean);
    const baseline = asked.baseline && String(baselines.indexOf(asked.baseline));
    const fixable = form.elements.fixable.checked;
    let shown = 0, all = 0;
    for (const { body, service, rows } of groups) {
      let here = 0;
      for (const r of rows) {
        const kept = (!asked.service || asked.service === service) && (!asked.pillar || asked.pillar === r.pillar) &&
          (!asked.severity || asked.severity === r.severity) && (!baseline || r.held.has(baseline)) && (!fixable || r.fixable) &&
          words.every((word) => r.words.includes(word) || service.toLowerCase().includes(word));
        r.element.hidden = !kept;
        here += kept;
      }
      body.hidden = here === 0;
      shown += here;
      all += rows.length;
    }
    output.value = shown === all ? `${all} rules` : shown === 0 ? `None of ${all} rules. Show all, or choose less.` : `${shown} of ${all} rules`;
    const chosen = new URLSearchParams(names.filter((name) => asked[name]).map((name) => [name, asked[name]]));
    if (fixable) chosen.set("fixable", "1");
    history.replaceState(null, "", chosen.size ? `?${chosen}` : location.pathname);
  }

  const given = new URLSearchParams(location.search);
  for (const name of names) if (given.has(name)) form.elements[name].value = given.get(name);
  form.elements.fixable.checked = given.has("fixable");
  form.hidden = false;
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(narrow));
  narrow();
})();
