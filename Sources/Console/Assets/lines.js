// Redraws the GPIO lines every second from the API; the page itself holds the state at its loading.
"use strict";

(function () {
  var span = 10e9; // the newest ten seconds, in nanoseconds
  var width = 600, high = 10, low = 50;
  var svgNamespace = "http://www.w3.org/2000/svg";

  function card(name) {
    return Array.prototype.find.call(document.querySelectorAll("[data-line]"), function (one) {
      return one.dataset.line === name;
    });
  }

  function put(box, field, text) {
    var place = box.querySelector("[data-field=" + field + "]");
    if (place && place.textContent !== text) { place.textContent = text; }
    return place;
  }

  // The line's level over the span, oldest on the left; what lies before the oldest edge is unknown.
  function path(line, now) {
    var at = function (nanoseconds) { return (width * (nanoseconds - (now - span)) / span).toFixed(1); };
    var edges = line.recent.filter(function (edge) { return edge.monotonic_ns > now - span; });
    var older = line.recent.length > edges.length;
    var level, points;
    if (edges.length === 0) {
      if (line.active === null || line.active === undefined) { return ""; }
      level = line.active ? high : low;
      return "M0 " + level + "H" + width;
    }
    level = edges[0].active ? low : high;
    points = "M" + (older || line.recent.length < 48 ? 0 : at(edges[0].monotonic_ns)) + " " + level;
    edges.forEach(function (edge) {
      level = edge.active ? high : low;
      points += "H" + at(edge.monotonic_ns) + "V" + level;
    });
    return points + "H" + width;
  }

  function draw(svg, line, now) {
    var shape = svg.querySelector("path");
    if (!shape) {
      shape = document.createElementNS(svgNamespace, "path");
      svg.appendChild(shape);
    }
    shape.setAttribute("d", path(line, now));
  }

  // The newest whole pulse: from an edge to active to the next edge.
  function pulse(line) {
    for (var i = line.recent.length - 1; i > 0; i--) {
      if (!line.recent[i].active && line.recent[i - 1].active) {
        var micro = (line.recent[i].monotonic_ns - line.recent[i - 1].monotonic_ns) / 1000;
        return micro < 1e4 ? micro.toFixed(0) + " µs" : micro < 1e7 ? (micro / 1e3).toFixed(1) + " ms"
          : (micro / 1e6).toFixed(1) + " s";
      }
    }
    return "—";
  }

  function show(page) {
    page.lines.forEach(function (line) {
      var box = card(line.name);
      if (!box) { return; }
      var tag = box.querySelector("[data-field=state]");
      var word = !line.held ? "none" : line.active ? "on" : "off";
      tag.className = "tag " + { none: "bad", on: "ok", off: "soft" }[word];
      put(box, "state", tag.dataset[word]);
      put(box, "detail", line.detail);
      put(box, "edges", String(line.edges));
      var lost = put(box, "lost", (line.lost_at_least ? "≥ " : "") + line.lost);
      if (lost) { lost.className = line.lost > 0 || line.lost_at_least ? "quality-4" : ""; }
      put(box, "bounces", String(line.bounces));
      put(box, "invalid", String(line.invalid));
      put(box, "pulse", pulse(line));
      var svg = box.querySelector("svg");
      if (svg) { draw(svg, line, page.now_monotonic_ns); }
    });
  }

  function next() {
    if (document.hidden) { setTimeout(next, 1000); return; }
    fetch("/api/v1/lines", { credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.ok) { throw new Error("HTTP " + answer.status); }
        return answer.json();
      })
      .then(show)
      .catch(function () { /* The next second may bring an answer. */ })
      .then(function () { setTimeout(next, 1000); });
  }

  if (document.querySelector("[data-line]")) { next(); }
}());
