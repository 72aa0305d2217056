"use strict";
(() => {
  const form = document.getElementById("search-form");
  const input = document.getElementById("search");
  const matches = document.getElementById("matches");
  const nothing = document.getElementById("nothing");
  const items = [...document.querySelectorAll("[data-item]")].map((element) => ({ element, text: null }));
  const groups = [...document.querySelectorAll("[data-group]")].reverse();
  const overviews = [...document.querySelectorAll("[data-overview], .summary")];
  const links = [...document.querySelectorAll("nav li a, .index a")];

  const wordsOf = (query) => query.toLowerCase().split(/\s+/).filter((word) => word !== "");

  // What an item says of itself; not who uses it, or a table would match the names of all its statements.
  const textOf = (element) => {
    const copy = element.cloneNode(true);
    for (const list of copy.querySelectorAll(".facts, td details")) list.remove();
    return `${element.id} ${copy.textContent}`.toLowerCase();
  };
  const isMatch = (item, words) => {
    item.text ??= textOf(item.element);
    return words.every((word) => item.text.includes(word));
  };

  const filter = () => {
    const words = wordsOf(input.value);
    const isSearch = words.length > 0;
    let found = 0;
    for (const item of items) {
      item.element.hidden = isSearch && !isMatch(item, words);
      found += item.element.hidden ? 0 : 1;
    }
    for (const group of groups) {
      group.hidden = isSearch && group.querySelector("[data-item]:not([hidden])") === null;
    }
    for (const overview of overviews) overview.hidden = isSearch;
    for (const link of links) {
      const target = placeOf(link.hash);
      link.parentElement.hidden = isSearch && target !== null && target.closest("[hidden]") !== null;
    }
    nothing.hidden = found > 0;
    matches.textContent = isSearch ? `${found} of ${items.length}` : "";
  };

  const decoded = (hash) => {
    try {
      return decodeURIComponent(hash.slice(1));
    } catch {
      return hash.slice(1);
    }
  };
  const placeOf = (hash) => (hash.length > 1 ? document.getElementById(decoded(hash)) : null);

  // `#search=…` searches; any other fragment shows its place, whatever the search hides.
  const follow = () => {
    const hash = decoded(location.hash);
    if (hash.startsWith("search=")) {
      input.value = hash.slice("search=".length);
      filter();
      return;
    }
    const place = placeOf(location.hash);
    if (place === null) return;
    if (place.closest("[hidden]") !== null) {
      input.value = "";
      filter();
    }
    for (let around = place.closest("details"); around !== null; around = around.parentElement.closest("details")) {
      around.open = true;
    }
    place.scrollIntoView();
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", () => {
    filter();
    const hash = input.value === "" ? " " : `#search=${encodeURIComponent(input.value)}`;
    history.replaceState(null, "", hash === " " ? location.pathname + location.search : hash);
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    } else if (event.key === "Escape" && isTyping) {
      input.value = "";
      input.dispatchEvent(new Event("input"));
    }
  });
  window.addEventListener("hashchange", follow);

  // On a narrow screen the contents would hide the page.
  const contents = document.querySelector(".contents");
  const narrow = window.matchMedia("(max-width: 62rem)");
  const fold = () => { contents.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();

  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });

  follow();
})();
