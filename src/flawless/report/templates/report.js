"use strict";
(() => {
  const box = document.getElementById("find");
  const words = document.getElementById("words");
  const told = document.getElementById("found");
  const hint = told.textContent;
  const places = [...document.querySelectorAll("[data-find]")].map((place) => [place, place.textContent.toLowerCase()]);
  const groups = [...document.querySelectorAll("section, .lines")].filter((group) => group.querySelector("[data-find]"));

  const find = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const [place, text] of places) {
      const fits = wanted.every((word) => text.includes(word));
      place.classList.toggle("out", !fits);
      found += fits;
    }
    for (const group of groups) {
      group.classList.toggle("out", !group.querySelector("[data-find]:not(.out)"));
    }
    told.textContent = wanted.length ? `${found} of ${places.length} entries have it` : hint;
  };

  const all = () => {
    words.value = "";
    find();
  };

  // A link to what is filtered away, or folded, must still lead there.
  const show = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest(".out")) all();
    const folded = target.closest("details");
    if (folded) folded.open = true;
    target.scrollIntoView();
  };

  words.addEventListener("input", find);
  addEventListener("hashchange", show);
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      words.focus();
    } else if (event.key === "Escape" && typing) {
      all();
    }
  });
  box.hidden = false;
  if (location.hash) show();
})();
