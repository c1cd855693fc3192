// What JavaScript adds; every page works without it.
"use strict";

// The countdown of a payment code.
const pay = document.querySelector("[data-seconds]");
if (pay) {
  const clock = pay.querySelector("[data-clock]");
  const until = performance.now() + Number(pay.dataset.seconds) * 1000;
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    if (left > 0) {
      clock.textContent = `还有 ${left} 秒有效，只能用一次`;
      setTimeout(tick, 250);
    } else {
      clock.textContent = "已过期，请换一个";
      pay.classList.add("over");
    }
  };
  tick();
}

// A form on its way is not sent a second time. The server would not count it twice either.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});
