// Shows new messages by itself, but never while somebody is typing in a filter.
const shown = document.getElementById("messages");
setInterval(async () => {
  const typing = document.activeElement && ["INPUT", "SELECT"].includes(document.activeElement.tagName);
  if (typing || document.hidden) return;
  const answer = await fetch("/api/messages?limit=1");
  if (answer.ok && String((await answer.json()).newest) !== shown.dataset.newest) location.reload();
}, 2000);
