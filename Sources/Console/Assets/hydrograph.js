// Draws the charts of a station with dygraphs; the page's table holds the same values.
"use strict";

(function () {
  if (typeof Dygraph === "undefined") { return; }
  // dygraphs' own legend writes style attributes, which the page's policy forbids; ours is text.
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter(function (plugin) {
    return plugin !== Dygraph.Plugins.Legend;
  });

  var colours = { 1: "#5b7f99", 2: "#b8a900", 3: "#d42a0f", 4: "#93109a", 5: "#17001a" };

  function two(number) { return (number < 10 ? "0" : "") + number; }

  // The station's own wall clock: shifted by its offset and then read as UTC.
  function wallClock(milliseconds, offset) { return new Date(Number(milliseconds) + offset * 1000); }

  function label(date, step) {
    var day = (date.getUTCMonth() + 1) + "/" + date.getUTCDate();
    var time = two(date.getUTCHours()) + ":" + two(date.getUTCMinutes());
    if (step >= 30 * 86400000) { return date.getUTCFullYear() + "/" + day; }
    if (step >= 86400000) { return day; }
    return date.getUTCHours() === 0 && date.getUTCMinutes() === 0 ? day : time;
  }

  // Round numbers of the station's clock, as many as fit.
  function ticks(from, to, pixels, options, dygraph) {
    var offset = dygraph.kawamoriOffset * 1000;
    var hour = 3600000, day = 24 * hour;
    var steps = [600000, 1800000, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day,
      5 * day, 10 * day, 30 * day, 61 * day];
    var most = Math.max(2, pixels / 75);
    var step = steps.find(function (one) { return (to - from) / one <= most; }) || 122 * day;
    var list = [];
    for (var at = Math.ceil((from + offset) / step) * step - offset; at <= to; at += step) {
      list.push({ v: at, label: label(wallClock(at, dygraph.kawamoriOffset), step) });
    }
    return list;
  }

  function rows(page) {
    if (page.observations) {
      return page.observations.map(function (item) {
        var value = typeof item.value === "number" ? item.value : null;
        var usable = item.flag !== 4 && item.flag !== 9;
        var bound = item.marks.indexOf("at_least") >= 0 ? "≥ " : item.marks.indexOf("below") >= 0 ? "< " : "";
        return { at: Date.parse(item.time), bound: bound, low: usable ? value : null, mean: usable ? value : null,
          high: usable ? value : null, sum: usable ? value : null, value: value, flag: item.flag };
      });
    }
    return page.roll_ups.map(function (item) {
      var has = typeof item.mean === "number";
      return { at: Date.parse(item.start), low: has ? item.min : null, mean: has ? item.mean : null,
        high: has ? item.max : null, sum: typeof item.sum === "number" ? item.sum : null,
        value: has ? item.mean : null, flag: item.worst_flag };
    });
  }

  function triangle(dygraph, name, context, x, y) {
    context.fillStyle = "#c25e00";
    context.beginPath();
    context.moveTo(x, y - 5); context.lineTo(x + 5, y + 4); context.lineTo(x - 5, y + 4);
    context.closePath(); context.fill();
  }

  function cross(dygraph, name, context, x, y) {
    context.strokeStyle = "#a81a0c"; context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x - 4, y - 4); context.lineTo(x + 4, y + 4);
    context.moveTo(x + 4, y - 4); context.lineTo(x - 4, y + 4);
    context.stroke();
  }

  function drawThresholds(thresholds) {
    return function (context, area, dygraph) {
      context.save();
      context.font = "12px sans-serif";
      thresholds.forEach(function (one) {
        var y = dygraph.toDomYCoord(one.metres);
        if (y < area.y || y > area.y + area.h) { return; }
        context.strokeStyle = colours[one.level]; context.lineWidth = 1.5;
        context.setLineDash([7, 4]);
        context.beginPath(); context.moveTo(area.x, y); context.lineTo(area.x + area.w, y); context.stroke();
        context.fillStyle = "#13222d";
        context.fillText(one.name + " " + one.metres.toFixed(2) + " m", area.x + 6, y - 4);
      });
      context.restore();
    };
  }

  function bars(event) {
    var context = event.drawingContext, bottom = event.dygraph.toDomYCoord(0);
    context.fillStyle = "#0a5684";
    var width = Math.max(1, event.plotArea.w / Math.max(60, event.points.length) * 0.8);
    event.points.forEach(function (point) {
      context.fillRect(point.canvasx - width / 2, point.canvasy, width, bottom - point.canvasy);
    });
  }

  // The same decimals on every label of the axis: two for stages, fewer for wide ranges.
  function decimals(value, granularity, options, dygraph) {
    var range = dygraph.yAxisRange();
    return Number(value).toFixed(range[1] - range[0] > 20 ? 0 : range[1] - range[0] > 5 ? 1 : 2);
  }

  function common(box, offset) {
    return {
      dateWindow: [Number(box.dataset.from), Number(box.dataset.to)],
      ylabel: box.dataset.name + " (" + box.dataset.unit + ")",
      axes: { x: { ticker: ticks, pixelsPerLabel: 75, axisLabelWidth: 70 },
        y: { axisLabelWidth: 50, axisLabelFormatter: decimals } },
      gridLineColor: "#d9e1e6", axisLineColor: "#7d8e99", labelsUTC: true, interactionModel: {},
      kawamoriOffset: offset
    };
  }

  function drawStage(box, page) {
    var offset = Number(box.dataset.offset);
    var thresholds = JSON.parse(box.dataset.thresholds);
    var list = rows(page);
    if (list.length === 0) { return; }
    var values = list.map(function (row) {
      var suspect = row.flag === 3 ? row.value : null;
      // A summed-up row of faulty readings alone has no value: its cross stands at the lower edge.
      var fail = row.flag !== 4 ? null : row.value !== null ? row.value : -Infinity;
      return [new Date(row.at), [row.low, row.mean, row.high], [suspect, suspect, suspect],
        [fail, fail, fail]];
    });
    var good = list.filter(function (row) { return row.mean !== null; });
    var low = Math.min.apply(null, good.map(function (row) { return row.low; }));
    var high = Math.max.apply(null, good.map(function (row) { return row.high; }));
    // The next threshold above the highest stage belongs into the picture: it is the question.
    var above = thresholds.filter(function (one) { return one.metres > high; })
      .sort(function (a, b) { return a.metres - b.metres; })[0];
    if (above && above.metres - high < 4 * Math.max(0.2, high - low)) { high = above.metres; }
    var margin = Math.max(0.05, (high - low) * 0.08);
    // A faulty value may lie anywhere; its cross stays in the picture, at the edge.
    values.forEach(function (value) {
      value[3] = value[3].map(function (one) {
        if (one === null || !good.length) { return one === -Infinity ? null : one; }
        return Math.min(high + margin * 0.6, Math.max(low - margin * 0.6, one));
      });
    });
    var readout = document.getElementById("readout");
    var options = common(box, offset);
    Object.assign(options, {
      labels: ["t", "stage", "suspect", "fail"], customBars: true,
      valueRange: good.length ? [low - margin, high + margin] : null,
      series: {
        stage: { color: "#0a5684", strokeWidth: 2, connectSeparatedPoints: false },
        suspect: { color: "#c25e00", strokeWidth: 0, drawPoints: true, pointSize: 5, drawPointCallback: triangle },
        fail: { color: "#a81a0c", strokeWidth: 0, drawPoints: true, pointSize: 5, drawPointCallback: cross }
      },
      underlayCallback: drawThresholds(thresholds),
      highlightCallback: function (event, x, points, row) {
        var item = list[row], date = wallClock(item.at, offset);
        readout.textContent = date.getUTCFullYear() + "/" + two(date.getUTCMonth() + 1) + "/" +
          two(date.getUTCDate()) + " " + two(date.getUTCHours()) + ":" + two(date.getUTCMinutes()) +
          "  " + (item.value === null ? "—" : (item.bound || "") + item.value.toFixed(2) + " " + box.dataset.unit) +
          (item.flag === 3 ? "  ▲" : item.flag === 4 ? "  ✕" : "");
      },
      unhighlightCallback: function () { readout.textContent = "\u00a0"; }
    });
    makeGraph(box, values, options);
  }

  function drawRain(box, page) {
    var values = rows(page).filter(function (row) { return row.sum !== null; })
      .map(function (row) { return [new Date(row.at), row.sum]; });
    if (values.length === 0) { return; }
    var most = Math.max.apply(null, values.map(function (row) { return row[1]; }));
    var options = common(box, Number(box.dataset.offset));
    Object.assign(options, { labels: ["t", "rain"], plotter: bars, valueRange: [0, Math.max(1, most * 1.1)] });
    makeGraph(box, values, options);
  }

  // The ticker is asked while the graph is being made, so the offset goes by the prototype chain.
  function makeGraph(box, values, options) {
    Dygraph.prototype.kawamoriOffset = options.kawamoriOffset;
    delete options.kawamoriOffset;
    return new Dygraph(box, values, options);
  }

  [["stage-chart", drawStage], ["rain-chart", drawRain]].forEach(function (pair) {
    var box = document.getElementById(pair[0]);
    if (!box) { return; }
    fetch(box.dataset.source, { credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.ok) { throw new Error("HTTP " + answer.status); }
        return answer.json();
      })
      .then(function (page) { pair[1](box, page); })
      .catch(function (error) { box.textContent = String(error.message || error); });
  });
}());
