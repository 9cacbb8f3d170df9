"use strict";
(() => {
  const form = document.getElementById("filters");
  const findings = [...document.querySelectorAll("#findings ~ .category .finding")];
  if (!findings.length) return;
  const texts = new Map();
  const { category, kind, text } = form.elements;
  const said = form.querySelector("output");

  const textOf = (finding) => {
    if (!texts.has(finding)) {
      const about = finding.closest(".object").querySelectorAll(":scope > :not(.finding)");
      const objects = [...about].map((part) => part.textContent).join(" ");
      texts.set(finding, `${objects} ${finding.textContent}`.toLowerCase());
    }
    return texts.get(finding);
  };
  const count = (some) => some.reduce((sum, finding) => sum + Number(finding.dataset.findings), 0);
  const isWanted = (finding, words) =>
    (!category.value || finding.dataset.category === category.value) &&
    (!kind.value || finding.dataset.kind.split(" ").includes(kind.value)) &&
    words.every((word) => textOf(finding).includes(word));
  const hideEmpty = (selector) => {
    for (const group of document.querySelectorAll(selector)) {
      group.hidden = !group.querySelector(".finding:not([hidden])");
    }
  };
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const finding of findings) finding.hidden = !isWanted(finding, words);
    hideEmpty(".object");
    hideEmpty(".category");
    const shown = findings.filter((finding) => !finding.hidden);
    said.textContent = `${count(shown)} of ${count(findings)} shown`;
  };
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.hidden) {
      form.reset();
      filter();
    }
    const fold = target.closest("details");
    if (fold) fold.open = true;
    target.scrollIntoView();
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  filter();
  reveal();
})();
