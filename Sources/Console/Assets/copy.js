// Buttons that copy a text; without a script they stay hidden, and people copy by hand.
"use strict";

(function () {
  function text(place) { return place.value === undefined ? place.textContent : place.value; }

  // A page that came without TLS may not use the clipboard's interface; there the old way is left.
  function copySelected(place) {
    var area = place;
    if (place.value === undefined) {
      area = document.createElement("textarea");
      area.value = text(place);
      place.parentNode.appendChild(area);
    }
    area.select();
    var isDone = document.execCommand("copy");
    if (area !== place) { area.remove(); }
    return isDone;
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-copy]"), function (button) {
    var place = document.getElementById(button.dataset.copy);
    if (!place) { return; }
    var label = button.textContent;
    var show = function (isDone) {
      if (!isDone) { return; }
      button.textContent = button.dataset.done;
      setTimeout(function () { button.textContent = label; }, 2000);
    };
    button.hidden = false;
    button.addEventListener("click", function () {
      if (!navigator.clipboard) { show(copySelected(place)); return; }
      navigator.clipboard.writeText(text(place)).then(
        function () { show(true); }, function () { show(copySelected(place)); });
    });
  });
})();
