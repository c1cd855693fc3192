// What JavaScript adds; every page works without it.
"use strict";

// The countdown of a payment code.
const pay = document.querySelector("[data-seconds]");
if (pay) {
  const clock = pay.querySelector("[data-clock]");
  const until = performance.now() + Number(pay.dataset.seconds) * 1000;
  // Another takes its place while somebody looks at it, not in a pocket.
  const again = () => {
    const form = document.querySelector("form[data-again]");
    if (!document.hidden) form.submit();
    else document.addEventListener("visibilitychange", () => form.submit(), { once: true });
  };
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    if (left > 0) {
      clock.textContent = `还有 ${left} 秒有效，只能用一次`;
      setTimeout(tick, 250);
    } else {
      clock.textContent = "已过期，请换一个";
      pay.classList.add("over");
      again();
    }
  };
  tick();
}

// A scanned code comes to the counter behind the #. It does not stay in the address.
const shown = document.querySelector("[data-shown]");
if (shown && /^#\d{15}$/.test(location.hash)) {
  shown.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("points").focus();
}

// The till's page is looked at again by itself; a payment that was not there before is heard.
const till = document.querySelector("[data-newest]");
if (till) {
  const before = sessionStorage.getItem("till");
  const { newest } = till.dataset;
  sessionStorage.setItem("till", newest);
  if (before !== null && newest && newest !== before) {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    tone.frequency.value = 880;
    tone.connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.4);
  }
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

// Where the device is, if whoever holds it says so. Maps and the position itself stay out of the page.
for (const place of document.querySelectorAll("[data-locate]")) {
  const button = place.querySelector("button");
  const told = place.querySelector("[role=status]");
  const [latitude, longitude] = place.querySelectorAll("input");
  if (!navigator.geolocation) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    told.textContent = "正在定位…";
    navigator.geolocation.getCurrentPosition(
      (found) => {
        latitude.value = found.coords.latitude.toFixed(6);
        longitude.value = found.coords.longitude.toFixed(6);
        told.textContent = "已填好当前位置";
      },
      () => { told.textContent = "没有取到位置，可以留空，由工作人员补上"; },
      { enableHighAccuracy: true, timeout: 15000 },
    );
  });
}
