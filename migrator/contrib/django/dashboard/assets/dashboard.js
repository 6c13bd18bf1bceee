// Keeps the board up to date, and filters it while you type. Without this script the page reads and
// switches as well: the form sends itself, and the verdicts have a button.
"use strict";
(() => {
  const live = document.getElementById("live");
  const form = document.getElementById("wish");
  const judge = document.getElementById("judge");
  const state = document.getElementById("state");
  const pause = document.getElementById("pause");
  const updated = document.getElementById("updated");
  const said = document.getElementById("said");
  const texts = live.dataset;
  const PACE = 15000; // milliseconds between two looks
  const LONGEST = 240000; // when the server does not answer

  let tag = "", timer = 0, wait = PACE, asking = null, paused = false, over = false, judging = false;
  let asked = wished();

  function wished() {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) query.set(name, value);
    return query.toString();
  }

  function later(delay) {
    clearTimeout(timer);
    if (!paused && !over && !document.hidden) timer = setTimeout(look, delay);
  }

  function say(text) {
    if (said.textContent !== text) said.textContent = text;
  }

  async function look() {
    clearTimeout(timer);
    if (asking) asking.abort();
    const mine = asking = new AbortController();
    const query = wished();
    try {
      const answer = await fetch(texts.part + (query ? "?" + query : ""), {
        headers: tag && query === asked ? {"If-None-Match": tag} : {},
        cache: "no-store",
        redirect: "manual",
        credentials: "same-origin",
        signal: mine.signal,
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        over = true;
        return say(texts.out);
      }
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(answer.status);
        const text = await answer.text();
        if (mine !== asking) return;
        tag = answer.headers.get("ETag") || "";
        show(new DOMParser().parseFromString(text, "text/html").body, query === asked);
        asked = query;
      }
      if (said.textContent === texts.gone) say("");
      wait = PACE;
      now();
      later(wait);
      refreshVerdicts();
    } catch (error) {
      if (error.name === "AbortError") return;
      wait = Math.min(wait * 2, LONGEST);
      say(texts.gone);
      later(wait);
    }
  }

  // As the server writes times, by the clock of the board; a browser may not know its zone.
  function clock(moment) {
    const form = {hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23"};
    try {
      return moment.toLocaleTimeString("en-GB", {...form, timeZone: texts.zone});
    } catch {
      return moment.toLocaleTimeString("en-GB", {...form, timeZoneName: "short"});
    }
  }

  function now() {
    const time = updated.querySelector("time");
    const moment = new Date();
    time.dateTime = moment.toISOString();
    time.textContent = clock(moment);
  }

  // The same rows in the same order are mended one by one, so that focus and selection stay where they are.
  function show(fresh, same) {
    const before = rows(live), after = rows(fresh);
    const shape = node => [...node.querySelectorAll("section, tr[id]")].map(one => one.id || "s").join(" ");
    const changed = after.filter(row => {
      const old = before.find(one => one.id === row.id);
      return old && old.outerHTML.replace(' class="fresh"', "") !== row.outerHTML;
    });
    const focus = document.activeElement;
    const inside = live.contains(focus) ? [focus.closest("tr[id]")?.id, focus.getAttribute("href")] : null;
    if (shape(live) === shape(fresh)) {
      for (const row of changed) document.getElementById(row.id).replaceWith(row);
      const top = live.querySelector(".top"), next = fresh.querySelector(".top");
      if (top.outerHTML !== next.outerHTML) top.replaceWith(next);
      const heads = live.querySelectorAll("h2"), others = fresh.querySelectorAll("h2");
      heads.forEach((head, index) => { if (head.outerHTML !== others[index].outerHTML) head.replaceWith(others[index]); });
    } else {
      live.replaceChildren(...fresh.childNodes);
    }
    if (inside) {
      const links = inside[0] ? document.getElementById(inside[0])?.querySelectorAll("a") : live.querySelectorAll("a");
      const again = [...(links || [])].find(one => one.getAttribute("href") === inside[1]) || links?.[0];
      if (again && document.activeElement !== again) again.focus({preventScroll: true});
    }
    if (same && changed.length) {
      for (const row of changed) document.getElementById(row.id).classList.add("fresh");
      const names = changed.slice(0, 5).map(row => row.querySelector("a").textContent);
      say(texts.changed + " " + names.join(", ") + (changed.length > 5 ? ", …" : ""));
    }
  }

  function rows(node) {
    return [...node.querySelectorAll("tr[id]")];
  }

  async function refreshVerdicts() {
    const stale = Number(live.querySelector(".top").dataset.stale);
    if (!stale || judging || paused || over || document.hidden) return;
    judging = true;
    const begun = Date.now();
    try {
      // each request judges for about a second, and the board follows every few seconds
      for (let left = stale, done = 1; left && done && !paused && !document.hidden; ) {
        const answer = await fetch(texts.judge, {
          method: "POST",
          body: new FormData(judge),
          headers: {Accept: "application/json"},
          redirect: "manual",
          credentials: "same-origin",
        });
        if (!answer.ok) break;
        ({judged: done, left} = await answer.json());
        if (!left || Date.now() - begun > 5000) {
          later(0);
          break;
        }
      }
    } catch {
      // the next look tells whether the server is there
    } finally {
      judging = false;
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const query = wished();
      history.replaceState(null, "", query ? "?" + query : location.pathname);
      look();
    }, 250);
  });
  form.addEventListener("submit", event => {
    event.preventDefault();
    look();
  });
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? texts.resume : texts.pause;
    if (paused) clearTimeout(timer); else look();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer); else if (!paused && !over) look();
  });

  state.hidden = false;
  judge.hidden = true;
  form.querySelector("button").hidden = true;
  now();
  later(PACE);
  refreshVerdicts();
})();
