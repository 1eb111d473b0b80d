// A button marked data-live shows its preview by itself, a moment after the last change. Without this file it is pressed.
"use strict";
for (const button of document.querySelectorAll("button[data-live]")) {
  const form = button.form;
  const name = button.formTarget;
  let timer;
  const show = () => {
    const old = document.querySelector(`iframe[name="${name}"]`);
    if (!old || !form.checkValidity()) return;
    // A new frame each time: it leaves no entry in the history, and the old one stays until it has loaded.
    const fresh = old.cloneNode(false);
    fresh.removeAttribute("src");
    fresh.classList.add("preview-waiting");
    const top = old.contentWindow.scrollY;
    old.removeAttribute("name");
    old.contentWindow.name = "";
    old.after(fresh);
    let blank = true;
    fresh.addEventListener("load", () => {
      if (blank && fresh.contentWindow.location.href === "about:blank") return;
      blank = false;
      fresh.contentWindow.scrollTo(0, top);
      fresh.classList.remove("preview-waiting");
      old.remove();
    });
    form.requestSubmit(button);
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 400);
  });
}
