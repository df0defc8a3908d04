// The link that `make up` prints carries the key behind the #, which browsers never send: take it out of the address
// (and the history) at once, and hand it in as the form does.
"use strict";
const carried = decodeURIComponent(location.hash.slice(1));
if (carried) {
  history.replaceState(null, "", location.pathname);
  document.getElementById("key").value = carried;
  document.getElementById("enter").submit();
}
