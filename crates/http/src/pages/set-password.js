"use strict";
// The token stands behind the "#": browsers do not send that part, so it is in no log.
const token = location.hash.slice(1);
const tenant = new URLSearchParams(location.search).get("tenant") || "";
const outcome = document.getElementById("outcome");
document.getElementById("tenant").textContent = tenant;

document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.password.value !== form.again.value) {
    outcome.textContent = "The two passwords differ.";
    return;
  }
  const answer = await fetch("/api/auth/set-password", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Tenant": tenant },
    body: JSON.stringify({ token, newPassword: form.password.value }),
  });
  if (answer.status === 204) {
    form.remove();
    history.replaceState(null, "", location.pathname);
    outcome.textContent = "Your password is set. You can sign in with it now.";
    return;
  }
  const refusal = await answer.json();
  const why = (refusal.details || []).map((field) => field.message).join("; ");
  outcome.textContent = refusal.error === "INVALID_CREDENTIALS"
    ? "This link is no longer good. Ask your admin for a new one."
    : why ? `The password ${why}.` : refusal.message;
});
