"use strict";
// Tables that sort, filter and copy. All text is set as text, never as markup.
(function () {
  const number = (text) => {
    const found = text.replace(/[\u2212]/g, "-").replace(/,/g, "").match(/^[+-]?\d+(\.\d+)?/);
    return found ? parseFloat(found[0]) : null;
  };
  const shown = (cell) => (cell.querySelector("summary") || cell).textContent.trim();
  const whole = (cell) => cell.textContent.trim();
  const safe = (text) => {
    const plain = text.replace(/\s+/g, " ");
    const danger = /^[=+\-@\t\r]/.test(plain) && !/^[+-]?\d[\d,]*(\.\d+)?$/.test(plain);
    return '"' + (danger ? "'" : "") + plain.replace(/"/g, '""') + '"';
  };
  document.querySelectorAll("table.data").forEach((table, place) => {
    const body = table.tBodies[0], rows = Array.from(body.rows);
    const tools = document.createElement("div");
    tools.className = "tools";
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    if (rows.length > 6) {
      const label = document.createElement("label"), input = document.createElement("input");
      input.type = "search";
      input.id = "filter-" + place;
      label.append("Filter ", input);
      input.addEventListener("input", () => {
        const wanted = input.value.toLowerCase();
        let left = 0;
        rows.forEach((row) => {
          row.hidden = wanted !== "" && !whole(row).toLowerCase().includes(wanted);
          left += row.hidden ? 0 : 1;
        });
        said.textContent = wanted ? left + " of " + rows.length + " rows" : "";
      });
      tools.append(label);
    }
    const copy = document.createElement("button");
    copy.type = "button";
    copy.textContent = "Copy as CSV";
    copy.addEventListener("click", () => {
      const lines = Array.from(table.rows).filter((row) => !row.hidden)
        .map((row) => Array.from(row.cells).map((cell) => safe(shown(cell))).join(","));
      const text = lines.join("\n") + "\n";
      const fallback = () => {
        const area = document.createElement("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        const done = document.execCommand("copy");
        area.remove();
        said.textContent = done ? "Copied" : "The browser does not let this page copy";
      };
      if (navigator.clipboard && window.isSecureContext) {
        navigator.clipboard.writeText(text).then(() => { said.textContent = "Copied"; }, fallback);
      } else {
        fallback();
      }
    });
    tools.append(copy, said);
    (table.closest(".scroll") || table).before(tools);
    const sections = table.querySelector("tr.ends");
    if (!table.tHead || sections || rows.length < 3) return;
    Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.textContent = "";
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        Array.from(table.tHead.rows[0].cells).forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => shown(row.cells[column] || row.cells[0]);
        const ordered = rows.slice().sort((a, b) => {
          const x = number(key(a)), y = number(key(b));
          const by = x !== null && y !== null ? x - y : key(a).localeCompare(key(b));
          return down ? -by : by;
        });
        ordered.forEach((row) => body.append(row));
      });
    });
  });
  window.addEventListener("beforeprint", () => document.querySelectorAll("table.data details").forEach((one) => { one.open = false; }));
})();
