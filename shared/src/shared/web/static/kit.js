// Small comforts; every page works without them.
"use strict";
{
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();

  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
  });

  for (const choice of document.querySelectorAll("select[data-submits]")) {
    let keyed = false;
    choice.addEventListener("keydown", () => { keyed = true; });
    choice.addEventListener("pointerdown", () => { keyed = false; });
    choice.addEventListener("change", () => { if (!keyed) choice.form.requestSubmit(); });
  }

  const offerToChooseAll = () => {
    for (const label of document.querySelectorAll("[data-choose-all][hidden]")) {
      const all = label.querySelector("input");
      label.hidden = false;
      all.addEventListener("change", () => {
        for (const box of all.form.querySelectorAll("input[name=id]")) box.checked = all.checked;
      });
    }
  };
  offerToChooseAll();

  // Filter as you type: what follows the form is fetched anew from the address that the form leads to.
  const after = (form) => {
    const found = [];
    for (let node = form.nextSibling; node; node = node.nextSibling) found.push(node);
    return found;
  };
  for (const form of document.querySelectorAll("form[data-live-search]")) {
    const search = form.querySelector("input[type=search]");
    const said = document.createElement("p");
    said.className = "visually-hidden";
    said.setAttribute("role", "status");
    form.append(said);
    let timer, asked;
    const show = async () => {
      const filled = [...new FormData(form)].filter(([, value]) => value !== "");
      const url = `${location.pathname}?${new URLSearchParams(filled)}`;
      asked?.abort();
      asked = new AbortController();
      try {
        const answer = await fetch(url, { signal: asked.signal, headers: { Accept: "text/html" } });
        if (answer.redirected) { location.assign(answer.url); return; }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const there = page.querySelector("form[data-live-search]");
        if (!answer.ok || !there) { form.requestSubmit(); return; }
        for (const node of after(form)) node.remove();
        form.after(...after(there));
        history.replaceState(null, "", url);
        offerToChooseAll();
        const rows = form.parentElement.querySelectorAll("form[data-live-search] ~ * tbody tr").length;
        said.textContent = form.dataset.liveSearch.replace("{number}", rows);
      } catch (error) {
        if (error.name !== "AbortError") form.requestSubmit();
      }
    };
    const soon = (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(show, 300);
    };
    search.addEventListener("input", soon);
    search.addEventListener("compositionend", soon);
    form.addEventListener("submit", () => { clearTimeout(timer); asked?.abort(); });
  }

  // In a calendar the arrow keys lead to the nearest entry on that side; Tab walks through all of them as before.
  const sides = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const middle = (entry) => {
    const box = entry.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  for (const calendar of document.querySelectorAll(".day, .week-frame")) {
    calendar.addEventListener("keydown", (event) => {
      const side = sides[event.key];
      const here = event.target.closest("a.day-entry");
      if (!side || !here || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const [x, y] = middle(here);
      let nearest, least = Infinity;
      for (const entry of calendar.querySelectorAll("a.day-entry")) {
        const [dx, dy] = middle(entry).map((value, axis) => value - [x, y][axis]);
        const along = dx * side[0] + dy * side[1];
        const way = along + 4 * Math.abs(dx * side[1] + dy * side[0]);
        if (entry !== here && along > 1 && way < least) [nearest, least] = [entry, way];
      }
      if (!nearest) return;
      event.preventDefault();
      nearest.focus();
    });
  }

  const place = document.querySelector(".places [aria-current]");
  if (place && place.offsetLeft + place.offsetWidth > innerWidth - 60) place.closest("ul").scrollLeft = place.offsetLeft - 60;

  for (const button of document.querySelectorAll("[data-prints]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  document.addEventListener("keydown", (event) => {
    const search = document.querySelector("input[type=search]");
    const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (event.key === "/" && search && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
  });
}
