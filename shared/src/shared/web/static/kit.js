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

  for (const label of document.querySelectorAll("[data-choose-all]")) {
    const all = label.querySelector("input");
    label.hidden = false;
    all.addEventListener("change", () => {
      for (const box of all.form.querySelectorAll("input[name=id]")) box.checked = all.checked;
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
