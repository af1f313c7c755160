"use strict";
(() => {
  // The columns are described in data.rs. Text is only ever set as text, never as HTML.
  const data = JSON.parse(document.getElementById("data").textContent);
  const { strings, rules, files, places, steps, ways, targets, fixes, findings, boxes, nodes, statuses, levels } = data;
  const COUNTS = new Set([0, 1, 2, 3]); // statuses of findings that count
  const SEVERITIES = ["Critical", "Important", "Awareness"];
  const PAGE = 50; // items that are added at a time
  const ENTRIES = 20; // entry points that are shown at first
  const OPEN = 12; // so many findings are shown whole
  const PRINTED = 300;

  const make = (name, properties = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (key in element) element[key] = value;
      else element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  // Pairs of backticks mean code.
  const prose = (text) => {
    const parts = text.split("`");
    const out = document.createDocumentFragment();
    parts.forEach((part, i) => {
      if (i % 2 === 0) out.append(part);
      else if (i + 1 === parts.length) out.append("`" + part);
      else out.append(make("code", {}, part));
    });
    return out;
  };
  const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
  const link = (address, ...children) =>
    address.startsWith("https://") ? make("a", { href: address, rel: "noopener noreferrer" }, ...children) : make("span", {}, ...children);
  const byId = (id) => document.getElementById(id);

  // One finding.
  const total = findings.rule.length;
  const ruleOf = (i) => rules[findings.rule[i]];
  const why = (i) => findings.why[i].map((s) => strings[s]).join(" ");
  const fileOf = (i) => {
    if (findings.place[i] >= 0) return files[places.file[findings.place[i]]].path;
    const first = findings.targets[i][0];
    return first !== undefined && strings[targets.type[first]] === "" ? strings[targets.name[first]] : "";
  };
  const targetName = (t) => strings[targets.name[t]];
  const targetWords = (t) => (strings[targets.type[t]] ? `${targetName(t)} (${strings[targets.type[t]]})` : targetName(t));
  const placeWords = (p) => `${files[places.file[p]].path}:${places.line[p]}:${places.column[p]}`;
  const placeLink = (p) => {
    const address = files[places.file[p]].link;
    const words = make("span", { className: "place" }, placeWords(p));
    return address ? link(`${address}#L${places.line[p]}`, words) : words;
  };
  const excerpt = (p) => {
    const text = strings[places.text[p]];
    const [from, to] = [places.from[p], places.to[p]];
    const line = make("span", { className: "line", "aria-hidden": "true" }, `${places.line[p]} `);
    return make("pre", {}, make("code", {}, line, text.slice(0, from), make("mark", {}, text.slice(from, to)), text.slice(to)));
  };
  const badge = (i) => make("span", { className: `badge ${ruleOf(i).severity.toLowerCase()}` }, ruleOf(i).severity);

  const whole = (i) => {
    const rule = ruleOf(i);
    const list = make("dl");
    const add = (name, ...what) => list.append(make("dt", {}, name), make("dd", {}, ...what));
    add("Why", prose(why(i)));
    const names = findings.targets[i].map(targetWords);
    if (findings.more[i]) names.push(`${findings.more[i]} more`);
    add(names.length === 1 ? "Resource" : "Resources", names.join(", "));
    if (findings.path[i] >= 0) add("Property", make("code", {}, strings[findings.path[i]]));
    const about = [rule.severity, `level ${levels[findings.level[i]]}`, rule.pillar, rule.service, rule.ref, ...rule.cwe];
    add("Rule", link(rule.help, rule.id), ` · ${about.filter((a) => a).join(" · ")}`);
    if (!COUNTS.has(findings.status[i]) || findings.status[i] > 0) {
      const reason = findings.reason[i] >= 0 ? `: ${strings[findings.reason[i]]}` : "";
      add("Status", statuses[findings.status[i]] + reason);
    }
    const body = make("div", {}, list);
    // A way begins where the value is decided, which is mostly the place itself.
    const begins = findings.ways[i].map((way) => steps.place[ways[way][0]]);
    if (findings.place[i] >= 0 && !begins.includes(findings.place[i])) body.append(placeLink(findings.place[i]), excerpt(findings.place[i]));
    for (const way of findings.ways[i]) {
      body.append(make("h4", {}, "From where it is decided to where it is used"));
      body.append(stepList("ol", ways[way]));
    }
    if (findings.also[i].length) body.append(make("h4", {}, "See also"), stepList("ul", findings.also[i]));
    const fix = findings.fix[i];
    if (fix >= 0) {
      const look = fixes.review[fix] ? " (look at it first: it may reach further)" : "";
      body.append(make("h4", {}, "Fix"), make("p", {}, prose(strings[fixes.words[fix]] + look)));
      if (fixes.diff[fix] >= 0) body.append(change(strings[fixes.diff[fix]]));
    }
    return body;
  };
  const stepList = (kind, list) =>
    make(kind, { className: "way" }, ...list.map((s) => make("li", {}, prose(strings[steps.words[s]]), " ", placeLink(steps.place[s]), excerpt(steps.place[s]))));
  const change = (text) => {
    const names = { "+": "ins", "-": "del", " ": "span" };
    const lines = text.split("\n").map((line) => make(names[line[0]] || "span", {}, line, line[0] === " " ? "\n" : ""));
    return make("pre", { className: "diff", "aria-label": "Change" }, ...lines);
  };

  // The list.
  const list = byId("list");
  if (!total) {
    list.append(make("p", {}, "There are none."));
  }
  const state = { node: null };
  const select = (name, label, values) => {
    const options = values.map(([value, words]) => make("option", { value }, words));
    return make("label", {}, label, make("select", { name, id: `f-${name}` }, make("option", { value: "" }, "all"), ...options));
  };
  const present = (of) => {
    const found = new Map();
    for (let i = 0; i < total; i++) found.set(of(i), (found.get(of(i)) || 0) + 1);
    return found;
  };
  const counted = (found, order) => {
    const keys = order ? order.filter((key) => found.has(key)) : [...found.keys()].sort();
    return keys.map((key) => [key, `${key} (${found.get(key)})`]);
  };
  const statusOptions = () => {
    const found = present((i) => findings.status[i]);
    const options = [["accepted", "known or accepted"], ["any", "any"]];
    for (const [status, n] of [...found].sort(([a], [b]) => a - b)) options.push([statuses[status], `${statuses[status]} (${n})`]);
    return options;
  };
  const form = make(
    "form",
    { role: "search", "aria-label": "Findings", onsubmit: (e) => e.preventDefault() },
    make("label", { className: "search" }, "Search", make("input", { type: "search", name: "q", autocomplete: "off", placeholder: "rule, resource, file, words" })),
    select("severity", "Severity", counted(present((i) => ruleOf(i).severity), SEVERITIES)),
    select("pillar", "Pillar", counted(present((i) => ruleOf(i).pillar))),
    select("service", "Service", counted(present((i) => ruleOf(i).service))),
    select("rule", "Rule", counted(present((i) => ruleOf(i).id))),
    select("status", "Status", statusOptions()),
    make("label", {}, "Grouped by", make("select", { name: "by" }, ...[["", "rule"], ["file", "file"]].map(([value, words]) => make("option", { value }, words)))),
    make("label", { className: "check" }, make("input", { type: "checkbox", name: "fix", value: "1" }), "with a fix"),
    make("button", { type: "button", onclick: () => apply(new URLSearchParams()) }, "Clear"),
  );
  form.elements.status.options[0].textContent = "those that count";
  const said = make("p", { className: "count", role: "status" });
  const groups = make("div");
  if (total) list.append(form, said, groups);

  const hay = new Array(total);
  const text = (i) =>
    (hay[i] ??= [ruleOf(i).id, ruleOf(i).ref, ruleOf(i).title, ruleOf(i).service, why(i), fileOf(i), ...findings.targets[i].map(targetWords)].join("\n").toLowerCase());
  const filtered = () => {
    const value = Object.fromEntries(new FormData(form));
    const words = (value.q || "").toLowerCase().split(/\s+/).filter((w) => w);
    const on = state.node === null ? null : new Set(state.node.findings);
    const keeps = (i) => {
      const rule = ruleOf(i);
      const status = findings.status[i];
      if (!value.status ? !COUNTS.has(status) : value.status === "accepted" ? COUNTS.has(status) : value.status !== "any" && statuses[status] !== value.status) return false;
      if ((value.severity && rule.severity !== value.severity) || (value.pillar && rule.pillar !== value.pillar)) return false;
      if ((value.service && rule.service !== value.service) || (value.rule && rule.id !== value.rule)) return false;
      if ((value.fix && findings.fix[i] < 0) || (on && !on.has(i))) return false;
      return words.every((word) => text(i).includes(word));
    };
    const out = [];
    for (let i = 0; i < total; i++) if (keeps(i)) out.push(i);
    return out;
  };
  // Adds what is behind `from` in steps, with a button for more.
  const fill = (where, items, one, from = 0, room = PAGE) => {
    const next = Math.min(items.length, from + room);
    for (const item of items.slice(from, next)) where.append(one(item));
    if (next === items.length) return;
    const more = make("button", {
      type: "button",
      className: "rest",
      onclick: () => {
        const last = more.previousElementSibling;
        more.remove();
        fill(where, items, one, next);
        (last?.nextElementSibling?.querySelector("summary") ?? where.querySelector("summary"))?.focus();
      },
    }, `Show ${Math.min(PAGE, items.length - next)} of ${items.length - next} more`);
    where.append(more);
  };
  // What is behind a summary is made when it is opened.
  const folded = (className, summary, content, open) => {
    const out = make("details", { className }, summary);
    const show = () => out.open && out.children.length === 1 && out.append(content());
    out.addEventListener("toggle", show);
    out.open = open;
    show();
    return out;
  };
  const item = (byFile, open) => (i) => {
    const summary = make("summary");
    const at = findings.place[i] >= 0 ? placeWords(findings.place[i]) : fileOf(i);
    if (byFile) summary.append(badge(i), ruleOf(i).title, " ");
    if (at) summary.append(make("span", { className: "place" }, byFile && findings.place[i] >= 0 ? `line ${places.line[findings.place[i]]}` : at), " ");
    const names = findings.targets[i].map(targetName);
    const rest = names.length - 2 + findings.more[i];
    if (names.length && names[0] !== at) summary.append(make("b", {}, names.slice(0, 2).join(", ") + (rest > 0 ? ` and ${rest} more` : "")));
    if (findings.status[i] > 0) summary.append(" ", make("span", { className: "badge plain" }, statuses[findings.status[i]]));
    return folded("finding", summary, () => whole(i), open);
  };
  const render = (printing = false) => {
    const shown = filtered();
    const byFile = form.elements.by.value === "file";
    const all = new Map();
    for (const i of shown) {
      const key = byFile ? fileOf(i) : ruleOf(i).id;
      if (!all.has(key)) all.set(key, []);
      all.get(key).push(i);
    }
    // Findings come worst first; of what is as bad, what is most frequent comes first.
    const rank = ([, items]) => [findings.level[items[0]], SEVERITIES.indexOf(ruleOf(items[0]).severity), -items.length];
    const ranked = [...all].map((entry) => [rank(entry), entry]);
    ranked.sort(([a], [b]) => a.reduce((order, value, k) => order || value - b[k], 0));
    const node = state.node === null ? "" : ` on ${state.node.label}`;
    said.textContent = shown.length ? `${count(shown.length, "finding")}${node} of ${total.toLocaleString("en")}, in ${count(all.size, byFile ? "file" : "rule")}.` : `No finding${node} matches.`;
    if (printing && shown.length > PRINTED) said.textContent += ` The first ${PRINTED} are printed; narrow the filter for others.`;
    const few = shown.length <= OPEN;
    let left = PRINTED;
    const group = ([key, items]) => {
      const first = items[0];
      const summary = make("summary", {}, byFile ? null : badge(first), make("h3", {}, byFile ? key || "no file" : ruleOf(first).title), make("span", { className: "quiet" }, byFile ? "" : ` ${key}`), " ", make("b", {}, items.length.toLocaleString("en")));
      const open = printing ? left > 0 : few || all.size === 1;
      const room = printing ? Math.max(left, 0) : PAGE;
      if (printing) left -= items.length;
      const content = () => {
        const out = make("div");
        fill(out, items, item(byFile, few || (printing && open)), 0, room);
        return out;
      };
      return folded("group", summary, content, open);
    };
    groups.replaceChildren();
    fill(groups, ranked.map(([, entry]) => entry), group, 0, printing ? Infinity : 2 * PAGE);
  };

  // What is filtered stands in the address, so that it can be linked and gone back to.
  const NAMES = ["q", "severity", "pillar", "service", "rule", "status", "by"];
  const apply = (asked) => {
    for (const name of NAMES) {
      const field = form.elements[name];
      field.value = asked.get(name) ?? "";
      if (field.value !== (asked.get(name) ?? "")) field.value = "";
    }
    form.elements.fix.checked = asked.get("fix") === "1";
    state.node = null;
    changed();
  };
  const changed = () => {
    const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    try {
      history.replaceState(null, "", asked.size ? `#?${asked}` : "#findings");
    } catch {
      // A page within a mail has no address.
    }
    render();
  };
  const followed = () => {
    if (!total || !location.hash.startsWith("#?")) return false;
    apply(new URLSearchParams(location.hash.slice(2)));
    byId("findings").scrollIntoView();
    byId("findings").focus({ preventScroll: true });
    return true;
  };
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(changed, 120);
  });
  addEventListener("hashchange", followed);
  addEventListener("beforeprint", () => total && render(true));
  addEventListener("afterprint", () => total && render());
  // A second click on the same link is no change of the address.
  document.addEventListener("click", (e) => {
    const to = e.target.closest?.('a[href^="#?"]');
    if (to && to.hash === location.hash) followed();
  });
  for (const button of document.querySelectorAll(".table > .rest")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const more = button.parentElement.querySelector("tbody.more");
      more.hidden = false;
      button.remove();
      more.querySelector("a").focus();
    });
  }

  // What is deployed.
  const tree = () => {
    const where = byId("tree");
    if (!where) return;
    const inside = boxes.within.map(() => ({ boxes: [], nodes: [], all: new Set() }));
    boxes.findings.forEach((list, b) => list.forEach((f) => inside[b].all.add(f)));
    nodes.within.forEach((b, n) => {
      inside[b].nodes.push(n);
      nodes.findings[n].forEach((f) => inside[b].all.add(f));
    });
    // What holds a box stands before it.
    for (let b = boxes.within.length - 1; b >= 0; b--) {
      const outer = boxes.within[b];
      if (outer < 0) continue;
      inside[outer].boxes.unshift(b);
      inside[b].all.forEach((f) => inside[outer].all.add(f));
    }
    const worst = (list) => list.reduce((a, b) => (a < b ? a : b));
    const much = (list) => (list.length ? [badge(worst(list)), " ", count(list.length, "finding")] : []);
    const show = (label, list, words) => {
      if (!list.length) return null;
      const onclick = () => {
        form.reset();
        state.node = { label, findings: list };
        render();
        byId("findings").scrollIntoView();
        byId("findings").focus({ preventScroll: true });
      };
      const button = make("button", { type: "button", onclick }, ...words);
      button.setAttribute("aria-label", `${button.textContent} on ${label}`);
      return button;
    };
    const many = (n) => (n > 1 ? ` × ${n}` : "");
    const box = (b) => {
      const label = strings[boxes.label[b]];
      const all = [...inside[b].all].sort((x, y) => x - y);
      const summary = make("summary", {}, make(boxes.within[b] < 0 ? "b" : "span", {}, label), many(boxes.count[b]), make("span", { className: "quiet" }, boxes.within[b] < 0 ? " " : " module "), ...much(all));
      const content = () => {
        const rows = make("ul");
        if (all.length) rows.append(make("li", {}, show(label, all, [`Show ${count(all.length, "finding")}`])));
        fill(rows, [...inside[b].nodes.map((n) => node(n)), ...inside[b].boxes.map((inner) => () => make("li", {}, box(inner)))], (one) => one());
        return rows;
      };
      return folded("", summary, content, entries.length <= 2);
    };
    const node = (n) => () => {
      const label = strings[nodes.label[n]];
      return make("li", {}, label, many(nodes.count[n]), make("span", { className: "quiet" }, ` ${strings[nodes.type[n]]}`), show(label, nodes.findings[n], much(nodes.findings[n])));
    };
    const entries = boxes.within.map((_, b) => b).filter((b) => boxes.within[b] < 0);
    const wrong = entries.filter((b) => inside[b].all.size);
    const only = make("input", { type: "checkbox", checked: entries.length > 20 && wrong.length > 0 });
    const rows = make("div");
    const draw = () => {
      rows.replaceChildren();
      fill(rows, only.checked ? wrong : entries, box, 0, ENTRIES);
    };
    only.addEventListener("input", draw);
    const sum = (list) => list.reduce((a, b) => a + b, 0);
    const resources = sum(nodes.count) + sum(boxes.count) - entries.length + data.omitted; // a module is deployed as one
    where.append(make("p", {}, `${count(entries.length, "entry point")} with ${count(resources, "resource")}. `, wrong.length < entries.length ? make("label", {}, only, ` only the ${wrong.length} with findings`) : null));
    if (data.omitted) where.append(make("p", { className: "note" }, `${data.omitted} resources are counted and not shown.`));
    where.append(rows);
    draw();
  };
  tree();
  if (total && !followed()) render();
})();
