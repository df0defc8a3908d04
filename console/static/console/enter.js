// The link that `make up` prints carries the key behind the #, which browsers never send: take it out of the address
// (and the history) at once, and hand it in as the form does.
"use strict";

function enter() {
  const carried = location.hash.slice(1);
  if (!carried) return;
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("key").value = carried;
  document.getElementById("enter").submit();
}

addEventListener("hashchange", enter); // the link pasted where this page is open already
enter();
